import { expect, test } from "vitest";
import type { AttemptsView, AttemptView } from "../../src/sessions/attempts/view-attempts.ts";
import { closedAttemptMessage, comparisonMessage } from "../../src/slack/attempts/comparison-message.ts";
import { parseAttempts } from "../../src/slack/attempts/parse-attempts.ts";

const MODELS = ["claude-sonnet-5-5", "claude-opus-5-5", "claude-haiku-5-5"];

test.each([
	["x3 fix the test", { count: 3, asked: 3, models: [], text: "fix the test" }],
	["X2: fix it\nand more", { count: 2, asked: 2, models: [], text: "fix it\nand more" }],
	["x 4, fix it", { count: 4, asked: 4, models: [], text: "fix it" }],
	["x9 fix it", { count: 5, asked: 9, models: [], text: "fix it" }],
	["x12 fix it", { count: 5, asked: 12, models: [], text: "fix it" }],
	["x1 fix it", { count: 1, asked: 1, models: [], text: "fix it" }],
	["x opus: fix it", { count: 1, asked: 1, models: ["claude-opus-5-5"], text: "fix it" }],
	[
		"x opus, sonnet: fix it",
		{ count: 2, asked: 2, models: ["claude-opus-5-5", "claude-sonnet-5-5"], text: "fix it" },
	],
	[
		"x opus and haiku: fix it",
		{ count: 2, asked: 2, models: ["claude-opus-5-5", "claude-haiku-5-5"], text: "fix it" },
	],
	["x opus, gpt: fix it", null],
	["x0 fix it", null],
	["x86 code does not build", null],
	["x3", null],
	["x3f is a bad name for this file", null],
	["fix x3 in the chart", null],
	["x axis labels are cut: fix them", null],
] as const)("%j asks for attempts: %j", (text, expected) => {
	expect(parseAttempts(text, MODELS)).toEqual(expected);
});

const SESSION = "11111111-1111-4111-8111-111111111111";
const OTHER = "22222222-2222-4222-8222-222222222222";
const attempt = (change: Partial<AttemptView>): AttemptView => ({
	number: 1,
	sessionId: SESSION,
	model: null,
	status: "done",
	answer: "I rounded **once**, see [#7](https://x.test/7). <!channel>",
	costUsd: 0.12,
	durationMs: 61_000,
	files: 2,
	additions: 10,
	deletions: 3,
	waitsFor: null,
	problem: null,
	thread: { channelId: "C1", threadTs: "1700000000.000100" },
	pullRequest: { number: 7, url: "https://github.test/acme/shop/pull/7", state: "open" },
	tests: { by: "checks", state: "passing" },
	...change,
});
const attempts = (change: Partial<AttemptsView> = {}): AttemptsView => ({
	groupId: SESSION,
	firstSessionId: SESSION,
	number: 1,
	count: 2,
	picked: null,
	all: [attempt({}), attempt({ number: 2, sessionId: OTHER, status: "queued", answer: null, costUsd: 0.3 })],
	...change,
});
const drawn = (view: AttemptsView) =>
	JSON.stringify(comparisonMessage(SESSION, view, "https://acme.slack.test/"));

test("a comparison has a line and a button for each attempt that is done, and pings nobody", () => {
	const text = drawn(attempts());
	expect(text).toContain("1 of 2 done");
	expect(text).toContain("#7");
	expect(text).toContain("+10 −3 in 2 files · checks pass");
	expect(text.match(/"action_id":"pick_attempt_\d"/g)).toEqual(['"action_id":"pick_attempt_1"']);
	expect(text).toContain("I rounded once, see #7.");
	expect(text).not.toContain("<!channel>");
});

test("once one is picked nothing can be picked, and the others say so", () => {
	const picked = attempts({ picked: { number: 1, by: "Noah Silva" } });
	expect(drawn(picked)).toContain("*Attempt 1 was picked* by Noah Silva");
	expect(drawn(picked)).not.toContain("pick_attempt");
	expect(closedAttemptMessage({ ...picked, number: 2 }).text).toBe(
		"Attempt 1 of 2 was picked by Noah Silva, so this one (2) is closed. To go on with it all the same, reply here.",
	);
});

test("each other one has its thread, and all have what they cost together", () => {
	const text = JSON.stringify(comparisonMessage(SESSION, attempts(), "https://acme.slack.test/").blocks);
	expect(text.match(/<https:[^>]*\|thread>/g)).toEqual([
		"<https://acme.slack.test/archives/C1/p1700000000000100|thread>",
	]);
	expect(text).toContain("Together they cost $0.42.");
});

test.each<[string, Partial<AttemptView>, string]>([
	[
		"merged meanwhile",
		{ pullRequest: { number: 7, url: "https://x.test/7", state: "merged" } },
		"#7> merged",
	],
	[
		"closed meanwhile",
		{ pullRequest: { number: 7, url: "https://x.test/7", state: "closed" } },
		"#7> closed",
	],
	["at a question", { status: "running", waitsFor: "answer" }, "❓ waits for an answer"],
	["at a budget", { status: "queued", waitsFor: "budget" }, "⏸ paused at a budget"],
	["without an account", { status: "queued", waitsFor: "account" }, "⏸ waits for a GitHub account"],
	["failed", { status: "failed", answer: null, problem: "GitHub was away." }, "GitHub was away."],
	["done in files that it names", { answer: "**See** `src/a*b.ts`" }, "See src/a*b.ts"],
	["tested by its agent", { tests: { by: "agent", words: "27 of 29 pass" } }, "says: “27 of 29 pass”"],
	[
		"tested by the repository's command",
		{ tests: { by: "command", state: "failing", command: "npm test" } },
		"`npm test` failed",
	],
])("an attempt that is %s says so", (_title, change, words) => {
	expect(drawn(attempts({ all: [attempt(change), attempt({ number: 2 })] }))).toContain(words);
});

test("all can be stopped while one is at work, and no more once all are over", () => {
	expect(drawn(attempts())).toContain("stop_attempts");
	expect(drawn(attempts({ all: [attempt({}), attempt({ number: 2, status: "failed" })] }))).not.toContain(
		"stop_attempts",
	);
});

test("an answer of nothing but marks is compared in a moment", () => {
	const all = [attempt({ answer: `Done. ${"[".repeat(400_000)}` })];
	expect(JSON.stringify(comparisonMessage(SESSION, attempts({ all }), null))).toContain("Done. [");
});
