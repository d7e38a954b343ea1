import { describe, expect, test } from "vitest";
import type { SessionView } from "../../src/sessions/session-view.ts";
import { type Capabilities, createCapabilities } from "../../src/slack/native/capabilities.ts";
import { decideAgentStatus, decideChange, type ShownSign } from "../../src/slack/native/decide-status.ts";
import { readLook } from "../../src/slack/native/listen-to-context.ts";
import { createNativeStatus } from "../../src/slack/native/native-status.ts";
import { decideSuggestions } from "../../src/slack/native/suggest-prompts.ts";
import type { RecentSession } from "../../src/slack/native/suggestion-store.ts";
import { eventually } from "../harness/eventually.ts";

type Facts = Parameters<typeof decideAgentStatus>[0];
const prompt = (status: Facts["prompts"][number]["status"], held: "link" | "budget" | null = null) =>
	({ status, held }) as Facts["prompts"][number];
const idle: Facts = { status: "ready", prompts: [prompt("done")], questions: [], openings: [] };
const asked = (isOpen: boolean) => [{ isOpen } as Facts["questions"][number]];
const paused = (decision: null | { how: "stopped"; by: null; raisedUsd: 0 }) => [
	{ decision } as NonNullable<Facts["budgetStops"]>[number],
];

describe("Slack's word for what a session does", () => {
	test.each<[string, Partial<Facts>, string]>([
		["routing a new prompt", { status: "routing", prompts: [prompt("queued")] }, "processing"],
		["a turn runs", { prompts: [prompt("done"), prompt("running")] }, "processing"],
		["the next stands in line", { prompts: [prompt("done"), prompt("queued")] }, "processing"],
		["which repository was asked", { status: "asking", prompts: [prompt("queued")] }, "suspended"],
		["the agent asks", { prompts: [prompt("running")], questions: asked(true) }, "suspended"],
		["it was answered", { prompts: [prompt("running")], questions: asked(false) }, "processing"],
		["the next is held for a link", { prompts: [prompt("queued", "link")] }, "suspended"],
		["one behind a held one", { prompts: [prompt("queued", "budget"), prompt("queued")] }, "suspended"],
		[
			"a pull request waits for somebody",
			{ openings: [{ waitsFor: { personId: "p", name: "Mia" } } as Facts["openings"][number]] },
			"suspended",
		],
		["a cap was reached", { budgetStops: paused(null) }, "suspended"],
		[
			"people stopped at a cap",
			{ budgetStops: paused({ how: "stopped", by: null, raisedUsd: 0 }) },
			"active",
		],
		["all is said", {}, "active"],
		["its pull request was merged", { status: "ended" }, "closed"],
		["a follow-up after the end", { status: "ended", prompts: [prompt("running")] }, "processing"],
	])("%s", (_, facts, word) => expect(decideAgentStatus({ ...idle, ...facts })).toBe(word));

	const NOW = 1_800_000_000_000;
	const shown = (status: "processing" | "active", minutesAgo = 0) => ({
		status,
		title: "A",
		setAt: new Date(NOW - minutesAgo * 60_000),
	});
	test.each([
		["a session that begins is told", null, "processing", "A", { status: true, title: false }],
		["an old one of which nothing was told is not", null, "active", "A", { status: false, title: false }],
		[
			"nothing new is not told again",
			shown("processing", 20),
			"processing",
			"A",
			{ status: false, title: false },
		],
		[
			"long work is told before its hour ends",
			shown("processing", 31),
			"processing",
			"A",
			{ status: true, title: false },
		],
		["rest is told once", shown("active", 999), "active", "A", { status: false, title: false }],
		["a change is told", shown("processing"), "active", "A", { status: true, title: false }],
		["another title is told", shown("active"), "active", "B", { status: false, title: true }],
	] as const)("%s", (_, before, status, title, change) =>
		expect(decideChange(before, { status, title }, NOW)).toEqual(change),
	);
});

describe("suggestions", () => {
	const session = (name: string, more: Partial<RecentSession> = {}): RecentSession => ({
		...{ title: `Work on ${name}`, channelId: "C1", threadTs: "1712.0001", repositoryId: name },
		...{ repository: `acme/${name}`, failingUrl: null, failingNumber: null, isOver: true },
		...more,
	});
	const titles = (recent: RecentSession[]) =>
		decideSuggestions(recent, "https://acme.slack.com/").map(({ title }) => title);

	test("are none where nothing was done", () => expect(titles([])).toEqual([]));

	test("are four at most: what fails, what was done last, then where", () => {
		const failing = session("app", { failingUrl: "https://github.com/acme/app/pull/7", failingNumber: 7 });
		expect(titles([session("shop"), failing, session("docs"), session("api")])).toEqual([
			"Fix the checks of acme/app#7",
			"Continue: Work on shop",
			"Look for a bug in acme/shop",
			"Look for a bug in acme/app",
		]);
	});

	test("are not to continue what still goes on", () =>
		expect(titles([session("shop", { isOver: false })])).toEqual(["Look for a bug in acme/shop"]));

	test("are whole requests that name their place", () => {
		expect(decideSuggestions([session("shop")], "https://acme.slack.com/")[0]?.message).toBe(
			"Go on in acme/shop with what was done in https://acme.slack.com/archives/C1/p17120001",
		);
	});
});

describe("what somebody looks at", () => {
	const body = { team_id: "T1", authorizations: [{ team_id: "T1", user_id: "U9", is_bot: false }] };
	const channel = { type: "slack#/types/channel_id", value: "C1", team_id: "T1" };
	const message = { type: "slack#/types/message_context", value: { channel_id: "C2", message_ts: "1.2" } };
	test.each([
		["a channel", { user: "U1", context: { entities: [channel] } }, ["U1", "C1", null]],
		["a message", { user: "U1", context: { entities: [message] } }, ["U1", "C2", "1.2"]],
		["whoever the envelope names", { context: { entities: [channel] } }, ["U9", "C1", null]],
		[
			"the first that we know",
			{
				user: "U1",
				context: { entities: [{ type: "slack#/types/list_id", value: "L1" }, message, channel] },
			},
			["U1", "C2", "1.2"],
		],
		["nothing", { user: "U1", context: {} }, null],
		[
			"another workspace's channel",
			{ user: "U1", context: { entities: [{ ...channel, team_id: "T2" }] } },
			null,
		],
	])("%s", (_, event, look) => {
		const read = readLook(event, body);
		expect(read && [read.userId, read.channelId, read.messageTs]).toEqual(look);
	});
});

test("what a workspace lacks is not asked for again for a day, there and only there", async () => {
	let nowMs = 0;
	const log = { info: () => {} } as unknown as Parameters<typeof createCapabilities>[0]["log"];
	const capabilities = createCapabilities({ log, now: () => nowMs });
	const { WebAPIPlatformError } = await import("@slack/web-api");
	let calls = 0;
	const refuse = async () => {
		calls += 1;
		throw new WebAPIPlatformError({ ok: false, error: "missing_scope", response_metadata: {} } as never);
	};
	const attempt = (teamId: string) => capabilities.attempt(teamId, "agent_sessions", refuse);
	expect(await attempt("T1")).toEqual({ outcome: "absent" });
	expect(await attempt("T1")).toEqual({ outcome: "absent" });
	expect(calls).toBe(1);
	expect(capabilities.mayHave("T2", "agent_sessions")).toBe(true);
	nowMs = 24 * 60 * 60_000;
	await attempt("T1");
	expect(calls).toBe(2);
});

/** Slack's sign of a session that is at work when it is reflected, and done by the time somebody looks at it again. */
function aSign(
	deps: Pick<Parameters<typeof createNativeStatus>[0], "store"> & { attempt: Capabilities["attempt"] },
) {
	const doing = (status: "running" | "done") => ({ ...idle, id: "s", title: "A", prompts: [prompt(status)] });
	const [began, ended] = [doing("running"), doing("done")] as never as [SessionView, SessionView];
	const said: string[] = [];
	const setStatus = async ({ status }: { status: string }) => void said.push(status);
	const { reflect, stop } = createNativeStatus({
		placeOf: async () => ({ teamId: "T1", channelId: "C1", threadTs: "1.0" }),
		view: async () => ended,
		workspaces: {
			of: async () => ({ clients: { progress: { agents: { sessions: { setStatus } } } } }),
		} as never,
		capabilities: { mayHave: () => true, attempt: deps.attempt },
		store: deps.store,
		log: { debug: () => {} } as never,
		now: () => 0,
	});
	return { said, stop, reflect: () => reflect(began) };
}

test("who had to wait says what a session does by then, whoever said it before", async () => {
	let shown: ShownSign | null = null;
	let looks = 0;
	const sign = aSign({
		async attempt(_teamId, _feature, call) {
			if (shown === null) {
				// Another instance is let through.
				shown = { status: "active", title: "A", setAt: new Date(0) };
				return { outcome: "later", retryAfterMs: 1 };
			}
			await call();
			return { outcome: "done" };
		},
		store: {
			async find() {
				looks += 1;
				return shown;
			},
			save: async () => {},
			noteTitle: async () => {},
		},
	});
	sign.reflect();
	await eventually(() => expect(looks).toBe(2));
	await sign.stop();
	expect(sign.said).toEqual([]);
});

test("a sign that Slack took although its answer was lost does not stay when the work is over", async () => {
	const saved: string[] = [];
	const sign = aSign({
		async attempt(_teamId, _feature, call) {
			await call();
			return sign.said.length === 1 ? { outcome: "later", retryAfterMs: 1 } : { outcome: "done" };
		},
		store: {
			find: async () => null,
			save: async (_sessionId, { status }) => void saved.push(status),
			noteTitle: async () => {},
		},
	});
	sign.reflect();
	await eventually(() => expect(saved).toEqual(["active"]));
	await sign.stop();
	expect(sign.said).toEqual(["processing", "active"]);
});
