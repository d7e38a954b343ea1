import { describe, expect, test } from "vitest";
import { DEFAULT_RULES } from "../../src/people/decide-access.ts";
import { validateView } from "../../src/playground/slack/block-kit/validate-view.ts";
import type { OwnSession } from "../../src/sessions/own-session-store.ts";
import type { SessionView } from "../../src/sessions/session-view.ts";
import { FIRST_STATE, readHomeState } from "../../src/slack/home/home-state.ts";
import { closedView, frameView, homeView } from "../../src/slack/home/home-view.ts";
import { notifyMessage } from "../../src/slack/home/notify-message.ts";
import type { HomeFigures } from "../../src/slack/home/read-figures.ts";
import type { Waiting } from "../../src/slack/home/read-waiting.ts";
import { sessionsTab } from "../../src/slack/home/sessions-tab.ts";
import { readChoice, settingsTab } from "../../src/slack/home/settings-tab.ts";
import { sparkline } from "../../src/slack/home/sparkline.ts";
import { comparison, statsTab } from "../../src/slack/home/stats-tab.ts";
import { workspaceRuleBlocks } from "../../src/slack/home/workspace-rules.ts";

const ID = "0a0a0a0a-0000-4000-8000-00000000000a";
/** Everything that names from outside may try. */
const EVIL = `<!channel> <@U1> *b* _i_ \`c\` & ${"é🧵".repeat(600)} <https://evil.example|click>`;

const figures: HomeFigures = {
	days: 30,
	funnel: { sessions: 10, withPullRequest: 8, merged: 6 },
	before: { sessions: 5, withPullRequest: 4, merged: 4 },
	usage: [
		{ at: "2026-01-01T00:00:00.000Z", sessions: 4, prompts: 5, merged: 1 },
		{ at: "2026-01-02T00:00:00.000Z", sessions: 6, prompts: 9, merged: 5 },
	],
	peoplePrompting: 1,
	firstResponse: { prompts: 12, medianSeconds: 2.14, p95Seconds: 63 },
	repositories: [],
	hasMoreRepositories: false,
};

function own(fields: Partial<OwnSession> = {}): OwnSession {
	return {
		id: ID,
		title: "Fix the cart",
		status: "ready",
		repository: "acme/web-shop",
		thread: { teamId: "T1", channelId: "C1", threadTs: "1700000000.000100" },
		group: "recent",
		waitsFor: null,
		isRunning: false,
		queued: 0,
		last: { promptId: ID, status: "done" },
		pullRequests: [],
		...fields,
	};
}

const withUrl = { page: 0, workspaceUrl: "https://acme.slack.com/", waiting: new Map<string, Waiting>() };

const asked = {
	...{ id: ID, promptId: ID, group: "g", text: EVIL, askedAt: new Date(0), answer: null, isOpen: true },
	options: Array.from({ length: 30 }, () => ({ label: EVIL, description: EVIL })),
};
const stop = {
	...{ id: ID, promptId: ID, scope: "person" as const, spentUsd: 5, capUsd: 5, offerUsd: 2.5 },
	decision: null,
};
const waitingSession = {
	id: ID,
	repository: { id: ID, fullName: EVIL, sizeKib: null },
	prompts: [{ id: ID, author: { personId: ID, name: EVIL } }],
	askReason: EVIL,
	candidates: Array.from({ length: 5 }, () => ({ repositoryId: ID, repository: EVIL })),
} as unknown as SessionView;
const waitingOnes: [string, Waiting][] = (
	[
		{ for: "repository", session: waitingSession },
		{ for: "question", session: waitingSession, question: { ...asked, multiple: false } },
		{ for: "question", session: waitingSession, question: { ...asked, multiple: true } },
		{ for: "budget", session: waitingSession, stop, who: null },
		{ for: "budget", session: waitingSession, stop, who: "Only an admin of this workspace can decide." },
		{ for: "account", url: "https://bobbin.example/github/connect?state=1" },
	] satisfies Waiting[]
).map((waiting, index) => [`${ID.slice(0, -1)}${index}`, waiting]);

function check(view: unknown): void {
	expect(validateView(view, "home")).toMatchObject({ outcome: "valid" });
}

describe("every home is one that Slack takes", () => {
	const correction = {
		id: ID,
		words: EVIL,
		channelId: null,
		personId: null,
		personName: EVIL,
		fromRepositoryId: "f",
		from: EVIL,
		toRepositoryId: "t",
		to: EVIL,
		at: new Date(0),
		daysAgo: 0,
	};
	const many = Array.from({ length: 200 }, (_, n) => n);
	test.each([
		["a frame", frameView(FIRST_STATE)],
		["closed", closedView(FIRST_STATE, "UBOT")],
		["figures", homeView(FIRST_STATE, statsTab(figures, { botUserId: "UBOT", pictureUrlOf: null }))],
		[
			"figures with long names and a picture",
			homeView(
				FIRST_STATE,
				statsTab(
					{
						...figures,
						hasMoreRepositories: true,
						repositories: many.map((n) => ({
							repositoryId: String(n),
							repository: EVIL,
							sessions: n,
							merged: 0,
						})),
					},
					{ botUserId: "UBOT", pictureUrlOf: () => "https://bobbin.example/charts/x.png" },
				),
			),
		],
		[
			"sessions with long names",
			homeView(
				FIRST_STATE,
				sessionsTab(
					{
						sessions: (["running", "waiting", "recent"] as const).flatMap((group, kind) =>
							many.slice(0, 4).map((n) =>
								own({
									id: `${ID.slice(0, -2)}${kind}${n}`,
									group,
									title: EVIL,
									repository: EVIL,
									isRunning: group === "running",
									waitsFor: group === "waiting" ? "budget" : null,
									last: { promptId: ID, status: "failed" },
									pullRequests: many.map((number) => ({
										number,
										url: `https://x.example/${"p".repeat(900)}`,
										state: "open",
									})),
								}),
							),
						),
						total: { running: 4, waiting: 4, recent: 4_000 },
					},
					withUrl,
				),
			),
		],
		[
			"sessions that wait for everything",
			homeView(
				FIRST_STATE,
				sessionsTab(
					{
						sessions: waitingOnes.map(([id]) => own({ id, group: "waiting", title: EVIL, repository: EVIL })),
						total: { running: 0, waiting: 5, recent: 0 },
					},
					{ ...withUrl, waiting: new Map(waitingOnes) },
				),
			),
		],
		[
			"settings with everything in them",
			homeView(
				FIRST_STATE,
				settingsTab({
					person: { model: EVIL, verbosity: "quiet", notify: "direct" },
					models: many.map((n) => `${n}-${"m".repeat(100)}`),
					draft: true,
					account: { state: "never", url: "https://bobbin.example/github/connect" },
					corrections: many.map((n) => ({ ...correction, id: `${n}` })),
					budget: { capUsd: null, spentUsd: 3.2 },
					rules: {
						allowGuests: true,
						allowExternals: false,
						allowBots: false,
						allowSharedChannels: false,
						unlinked: "app",
						isShared: false,
					},
				}),
			),
		],
		[
			"more than fits",
			homeView(
				FIRST_STATE,
				many.map(() => ({ type: "section", text: { type: "mrkdwn", text: "é".repeat(3_000) } })),
			),
		],
	])("%s", (_, view) => {
		check(view);
		// In plain text nothing is markup.
		const markup = JSON.stringify(view, (_key, part) => (part?.type === "plain_text" ? undefined : part));
		expect(markup).not.toMatch(/<!channel>|<@U1>|evil\.example\|/);
	});

	test("and says that something was left out", () => {
		const view = homeView(
			FIRST_STATE,
			Array.from({ length: 200 }, () => ({ type: "divider" as const })),
		);
		expect(view.blocks).toHaveLength(100);
		expect(JSON.stringify(view.blocks.at(-1))).toContain("more than can be shown");
	});
});

describe("figures", () => {
	test.each([
		[{ sessions: 10, merged: 6 }, { sessions: 5, merged: 4 }, "60% led to a merge · ▲ 50% more merged"],
		[{ sessions: 10, merged: 3 }, { sessions: 5, merged: 4 }, "30% led to a merge · ▼ 25% fewer merged"],
		[
			{ sessions: 2000, merged: 1001 },
			{ sessions: 1500, merged: 1000 },
			"about as many merged as in the 30 days before (1,500 sessions → 1,000 merged)",
		],
		[{ sessions: 10, merged: 4 }, { sessions: 5, merged: 4 }, "as many merged as in the 30 days before"],
		[{ sessions: 10, merged: 4 }, { sessions: 5, merged: 0 }, "40% led to a merge · more merged than"],
		[{ sessions: 10, merged: 4 }, { sessions: 0, merged: 0 }, "nothing to compare with"],
		[{ sessions: 0, merged: 0 }, { sessions: 5, merged: 2 }, "Last 30 days · ▼ 100% fewer merged"],
	])("%o after %o", (now, then, words) => {
		const funnel = { ...now, withPullRequest: 0 };
		expect(comparison({ days: 30, funnel, before: { ...then, withPullRequest: 0 } })).toContain(words);
	});

	test.each([
		[[0, 1, 2, 4], "▁▃▅█"],
		[[0, 0], "▁▁"],
		[[7], "█"],
		[[], ""],
	])("%o as signs", (of, signs) => expect(sparkline(of)).toBe(signs));

	test("have signs and words where there is no picture", () => {
		const text = JSON.stringify(statsTab(figures, { botUserId: "UBOT", pictureUrlOf: null }));
		expect(text).toContain("`▆█` up to 6");
		expect(text).toContain("p50 2.1 s · p95 1 min 3 s · of 12 prompts");
	});
});

describe("a session's buttons", () => {
	const actionsOf = (session: OwnSession) =>
		JSON.stringify(
			sessionsTab({ sessions: [session], total: { running: 0, waiting: 0, recent: 1 } }, withUrl),
		).match(/(?<="action_id":")\w+/g);
	test.each([
		["running", own({ group: "running", isRunning: true }), ["stop_session"]],
		["queued", own({ group: "running", queued: 2 }), ["stop_session"]],
		["done", own(), ["open_thread"]],
		["failed", own({ last: { promptId: ID, status: "failed" } }), ["retry_prompt"]],
		["cancelled", own({ last: { promptId: ID, status: "cancelled" } }), ["open_thread"]],
		["over meanwhile", own({ group: "waiting", waitsFor: "repository" }), ["open_thread"]],
	])("%s", (_, session, actions) => expect(actionsOf(session)).toEqual(actions));
});

describe("what is chosen", () => {
	test.each([
		[undefined, FIRST_STATE],
		["", FIRST_STATE],
		["not json", FIRST_STATE],
		['{"tab":"other","days":30,"page":0}', FIRST_STATE],
		['{"tab":"sessions","days":12,"page":0}', FIRST_STATE],
		['{"tab":"sessions","days":7,"page":3}', { tab: "sessions", days: 7, page: 3 }],
		[
			{ tab: "settings", days: 90, page: 0 },
			{ tab: "settings", days: 90, page: 0 },
		],
	])("state %o", (from, state) => expect(readHomeState(from)).toEqual(state));

	test("counts only if it is on offer", () => {
		expect(readChoice.model("usual", ["a"])).toBeNull();
		expect(readChoice.model("a", ["a"])).toBe("a");
		expect(readChoice.model("b", ["a"])).toBeUndefined();
		expect(readChoice.verbosity("usual")).toBeNull();
		expect(readChoice.verbosity("loud")).toBeUndefined();
		expect(readChoice.notify("direct")).toBe("direct");
		expect(readChoice.notify("usual")).toBeUndefined();
	});
});

test.each([
	[false, ["guests", "externals", "shared", "bots", "unlinked"]],
	[true, ["guests", "externals", "shared", "bots"]],
])("what an admin may choose where other workspaces share the repositories: %s", (isShared, values) => {
	const blocks = workspaceRuleBlocks({ ...DEFAULT_RULES, isShared });
	expect(JSON.stringify(blocks).match(/(?<="value":")\w+/g)).toEqual(values);
});

test("a direct message says how it ended, with a gist that cannot be mistaken for our words", () => {
	const prompt = { id: ID, status: "failed", text: EVIL, answer: EVIL.repeat(3), problem: { message: EVIL } };
	const session = { id: ID, repository: { fullName: "acme/x" }, pullRequests: [] };
	const message = notifyMessage(session as never, prompt as never, "https://acme.slack.com/archives/C1/p1");
	expect(message.text).toMatch(/^❌ Failed/);
	expect(JSON.stringify(message)).not.toMatch(/<!channel>|<@U1>/);
	expect(message.blocks.length).toBeLessThanOrEqual(4);
});

test.each([
	["done", /^✅ Done/],
	["stopped", /^⏹ Stopped/],
	["cancelled", /^⏹ Cancelled before it began/],
])("a direct message says that it is %s", (status, words) => {
	const prompt = { id: ID, status, text: "Fix it", answer: null, problem: null };
	const session = { id: ID, repository: null, pullRequests: [] };
	const message = notifyMessage(session as never, prompt as never, "https://acme.slack.com/archives/C1/p1");
	expect(message.text).toMatch(words);
});
