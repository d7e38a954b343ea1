import { describe, expect, test } from "vitest";
import type { PromptView, SessionView } from "../../src/sessions/session-view.ts";
import { type ChannelSign, withChannelLine } from "../../src/slack/native/code-channel/channel-line.ts";
import type { CodeChannel } from "../../src/slack/native/code-channel/code-channel-store.ts";
import { contextBar } from "../../src/slack/native/code-channel/context-bar.ts";
import { cutDiff } from "../../src/slack/native/code-channel/cut-diff.ts";
import { CHANNEL_PREFIX, splitPlaces } from "../../src/slack/native/code-channel/split-places.ts";

const THREAD = { teamId: "T1", channelId: "C1", threadTs: "1.000001" };
const OWN = { teamId: "T1", channelId: "C2", threadTs: "" };
const at = (minute: number) => new Date(Date.UTC(2026, 10, 22, 12, minute));

function prompt(id: string, change: Partial<PromptView> & { in?: string } = {}): PromptView {
	const { in: channelId = "C1", ...more } = change;
	return {
		id,
		status: "done",
		held: null,
		origin: { kind: "slack", teamId: "T1", channelId, messageTs: "2.000001" },
		createdAt: at(1),
		startedAt: at(2),
		finishedAt: at(3),
		costUsd: 0,
		...more,
	} as PromptView;
}

const pullRequest = (change: object = {}) =>
	({
		id: "p",
		promptId: null,
		number: 7,
		url: "https://github.example/7",
		branch: "b",
		state: "open",
		draft: false,
		checks: null,
		...change,
	}) as SessionView["pullRequests"][number];

const session = (prompts: PromptView[], more: Partial<SessionView> = {}) =>
	({
		id: "s",
		threads: [THREAD, OWN],
		prompts,
		pullRequests: [],
		openings: [],
		checks: [],
		attempts: null,
		notes: ["note"],
		savedBranch: null,
		...more,
	}) as unknown as SessionView;

const channel = (state: CodeChannel["state"]): CodeChannel => ({
	teamId: "T1",
	askedBy: "U1",
	state,
	channelId: "C2",
	openedAt: at(10),
	invitedAt: null,
	shownBar: null,
	shownDiff: null,
	shownPullRequest: null,
	barAt: null,
});

const row = (key: string, shown: string) => ({ key, deliveryId: "", ts: "3.000001", shown, shownSeq: 0 });

describe("where a session is shown", () => {
	const old = prompt("old");
	const atWork = prompt("atWork", { createdAt: at(9), finishedAt: at(11) });
	const there = prompt("there", { in: "C2", createdAt: at(12), finishedAt: at(13) });
	const later = prompt("later", { createdAt: at(12), finishedAt: null, status: "running" });
	const all = [old, atWork, there, later];
	const shown = (state: CodeChannel["state"], rows: ReturnType<typeof row>[] = []) =>
		splitPlaces(session(all), channel(state), rows).map(({ session: { prompts }, isChannel }) => [
			isChannel ? "channel" : "thread",
			prompts.map(({ id }) => id).join(" "),
		]);

	test("is its thread alone while it has no channel", () => {
		const [place, ...others] = splitPlaces(session(all, { threads: [THREAD] }), null, []);
		expect(others).toEqual([]);
		expect(place?.session.prompts).toEqual(all);
	});

	test("is both while its channel is open: what was asked there is there alone, what was over before is not", () => {
		expect(shown("open")).toEqual([
			["thread", "old atWork later"],
			["channel", "atWork there later"],
		]);
	});

	test.each(["archived", "closed"] as const)(
		"is its thread once the channel is %s, with what it did not say",
		(state) => {
			expect(shown(state)).toEqual([["thread", "old atWork there later"]]);
			expect(shown(state, [row("channel/reaction:there", "white_check_mark")])).toEqual([
				["thread", "old atWork later"],
			]);
			expect(shown(state, [row("channel/reaction:there", "gone:is_archived")])).toEqual([
				["thread", "old atWork there later"],
			]);
			expect(shown(state, [row("channel/reaction:there", "eyes")])).toEqual([
				["thread", "old atWork there later"],
			]);
		},
	);

	test("goes on in the channel that was opened again with what it showed there, not with what was done meanwhile", () => {
		const meanwhile = prompt("meanwhile", { createdAt: at(14), finishedAt: at(15) });
		const reopened = { ...channel("open"), openedAt: at(20) };
		const rows = [row("channel/reaction:there", "white_check_mark"), row("channel/status:atWork", "x")];
		const [, inChannel] = splitPlaces(session([...all, meanwhile]), reopened, rows);
		expect(inChannel?.session.prompts.map(({ id }) => id)).toEqual(["atWork", "there", "later"]);
	});

	test("keeps the two apart by the keys of what they show", () => {
		const rows = [row("answer:1", "a"), row(`${CHANNEL_PREFIX}answer:1`, "b")];
		const places = splitPlaces(session(all), channel("open"), rows);
		expect(places.map((place) => place.rows.map(({ key, shown }) => `${key}=${shown}`))).toEqual([
			["answer:1=a"],
			["answer:1=b"],
		]);
	});

	test("shows a pull request in the thread, whatever place it was asked for in", () => {
		const [inThread, inChannel] = splitPlaces(
			session(all, {
				pullRequests: [pullRequest({ promptId: "there" }), pullRequest({ id: "q", promptId: "old" })],
			}),
			channel("open"),
			[],
		);
		expect(inThread?.session.pullRequests.map(({ promptId }) => promptId)).toEqual([null, "old"]);
		expect(inChannel?.session.pullRequests.map(({ promptId }) => promptId)).toEqual(["there"]);
	});
});

describe("what a thread says of the channel", () => {
	const status = { text: "Working", blocks: [] };
	const say = (one: PromptView, sign: ChannelSign | null, prompts = [one]) =>
		JSON.stringify(withChannelLine(session(prompts), one, sign, status));

	test("is a button while its last prompt waits or runs", () => {
		const offered = { state: "offered" } as const;
		expect(say(prompt("1", { status: "running" }), offered)).toContain("open_channel");
		expect(say(prompt("1", { status: "queued" }), offered)).toContain("open_channel");
		for (const other of [
			{ status: "done" },
			{ status: "queued", held: "link" },
			{ status: "cancelled" },
		] as const)
			expect(say(prompt("1", other), offered)).toBe(JSON.stringify(status));
		const [first, last] = [prompt("1", { status: "running" }), prompt("2", { status: "queued" })];
		expect(say(first, offered, [first, last])).toBe(JSON.stringify(status));
	});

	test.each([
		[{ state: "wanted" }, "Opening a channel"],
		[{ state: "refused" }, "did not open"],
		[{ state: "open", channelId: "C2" }, "<#C2>"],
		[{ state: "archived", channelId: "C2" }, "is archived"],
		[{ state: "closed", channelId: "C2" }, "closed to me"],
	] as [ChannelSign, string][])("is a line: %o", (sign, words) => {
		expect(say(prompt("1"), sign)).toContain(words);
		expect(say(prompt("1"), sign)).not.toContain("open_channel");
	});

	test("is nothing where there are none", () =>
		expect(say(prompt("1", { status: "running" }), null)).toBe(JSON.stringify(status)));
});

describe("the bar", () => {
	const repository = { id: "r", fullName: "acme/shop", sizeKib: null };

	test("has repository, branch, pull request, checks and cost, of the newest pull request", () => {
		const pullRequests = [pullRequest({ number: 6 }), pullRequest({ checks: "failing", draft: true })];
		const prompts = [prompt("1", { costUsd: 0.5 }), prompt("2", { costUsd: 9, finishedAt: null })];
		expect(contextBar({ repository, pullRequests, prompts })).toEqual([
			{ key: "repository", label: "acme/shop", icon: "folder" },
			{ key: "branch", label: "b", icon: "branch" },
			{ key: "pull_request", label: "#7 draft", icon: "hierarchy", url: "https://github.example/7" },
			{ key: "checks", label: "Checks fail", icon: "terminal" },
			{ key: "cost", label: expect.stringContaining("0.50"), icon: "life-ring" },
		]);
	});

	test("is empty of what is not known, and keeps Slack's limit", () => {
		expect(contextBar({ repository: null, pullRequests: [], prompts: [] })).toEqual([]);
		const long = contextBar({
			repository: { ...repository, fullName: "x".repeat(300) },
			pullRequests: [],
			prompts: [],
		});
		expect(long[0]?.label.length).toBe(128);
	});
});

describe("a diff", () => {
	test("is as it is where Slack takes it", () => expect(cutDiff("+a\n")).toBe("+a\n"));

	test.each([
		["in whole lines", "+añb\n".repeat(50)],
		["also where a line has no end", `+${"é".repeat(500)}`],
	])("is cut %s, and says so", (_, diff) => {
		const cut = cutDiff(diff, 200);
		expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(200);
		expect(cut).toContain("too long for Slack");
		expect(cut).not.toContain("�");
		for (const line of cut.split("\n").slice(0, -2)) expect(line).toBe("+añb");
	});
});
