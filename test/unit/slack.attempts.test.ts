import { expect, test } from "vitest";
import type { AttemptsView, AttemptView } from "../../src/sessions/attempts/view-attempts.ts";
import { closedAttemptMessage, comparisonMessage } from "../../src/slack/attempts/comparison-message.ts";
import { parseAttempts } from "../../src/slack/attempts/parse-attempts.ts";

const MODELS = ["claude-sonnet-5-5", "claude-opus-5-5", "claude-haiku-5-5"];

test.each([
	["x3 fix the test", { count: 3, models: [], text: "fix the test" }],
	["X2: fix it\nand more", { count: 2, models: [], text: "fix it\nand more" }],
	["x 4, fix it", { count: 4, models: [], text: "fix it" }],
	["x9 fix it", { count: 5, models: [], text: "fix it" }],
	["x opus, sonnet: fix it", { count: 2, models: ["claude-opus-5-5", "claude-sonnet-5-5"], text: "fix it" }],
	["x opus and haiku: fix it", { count: 2, models: ["claude-opus-5-5", "claude-haiku-5-5"], text: "fix it" }],
	["x opus: fix it", null],
	["x opus, gpt: fix it", null],
	["x1 fix it", null],
	["x3", null],
	["x3f is a bad name for this file", null],
	["fix x3 in the chart", null],
	["x axis labels are cut: fix them", null],
] as const)("%j asks for attempts: %j", (text, expected) => {
	expect(parseAttempts(text, MODELS)).toEqual(expected);
});

const SESSION = "11111111-1111-4111-8111-111111111111";
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
	pullRequest: { number: 7, url: "https://github.test/acme/shop/pull/7" },
	checks: "passing",
	...change,
});
const attempts = (change: Partial<AttemptsView> = {}): AttemptsView => ({
	groupId: SESSION,
	number: 1,
	count: 2,
	picked: null,
	all: [attempt({}), attempt({ number: 2, sessionId: null, status: "queued", answer: null })],
	...change,
});
const drawn = (view: AttemptsView) => JSON.stringify(comparisonMessage(SESSION, view));

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
		"Attempt 1 of 2 was picked by Noah Silva, so this one (2) is closed.",
	);
});
