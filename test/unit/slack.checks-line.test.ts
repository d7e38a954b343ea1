import { expect, test } from "vitest";
import type { PromptStatus } from "../../src/contract/session.ts";
import type { ChecksView } from "../../src/sessions/session-view.ts";
import { checksLine } from "../../src/slack/blocks/checks-line.ts";

type Finding = ChecksView["findings"][number];
const checks = (findings: Finding[], of: Partial<ChecksView> = {}): ChecksView => ({
	...{ pullRequestId: "p", number: 7, headSha: "1a2b3c4d5e", findings },
	...{ promptId: null, isPushed: false, isLate: false, ...of },
});
const mended = { promptId: "prompt" };
const finding = (verdict: Finding["verdict"], name = "test"): Finding => ({
	name,
	verdict,
	reason: "It is.",
});

test.each<[ChecksView, PromptStatus | null, string]>([
	[
		checks([finding("caused")], mended),
		"running",
		"🔧 Checks of #7 `1a2b3c4` · `test` fails because of this change: It is. · I am mending what this change broke.",
	],
	[
		checks([finding("caused")], { ...mended, isPushed: true }),
		"done",
		"🔧 Checks of #7 `1a2b3c4` · `test` fails because of this change: It is. · I pushed a change for it.",
	],
	[
		checks([finding("caused")], mended),
		"done",
		"🙋 Checks of #7 `1a2b3c4` · `test` fails because of this change: It is. · I pushed nothing for it. Over to you: tell me here what to do.",
	],
	[
		checks([finding("caused"), finding("before", "lint")]),
		null,
		"🙋 Checks of #7 `1a2b3c4` · `test` fails because of this change: It is. · `lint` failed before this change: It is. · Over to you: tell me here what to do.",
	],
	[
		checks([finding("unknown")]),
		null,
		"🙋 Checks of #7 `1a2b3c4` · `test` fails, and I cannot tell why: It is. · Over to you: tell me here what to do.",
	],
	[
		checks([finding("flaky")]),
		null,
		"🟡 Checks of #7 `1a2b3c4` · `test` is flaky: It is. · Nothing to mend here.",
	],
])("says which, why and what follows", (view, fix, line) => {
	const { text, blocks } = checksLine(view, fix);
	expect(text).toBe(line);
	expect(blocks).toEqual([{ type: "context", elements: [{ type: "mrkdwn", text: line }] }]);
});

test("names five at most, and lets nobody write markup or call people", () => {
	const hostile = "<!channel> @here `x` *y* <https://evil.example|click>\n".repeat(20);
	const many = Array.from({ length: 9 }, () => ({
		name: hostile,
		verdict: "unknown" as const,
		reason: hostile,
	}));
	const { text } = checksLine(checks(many), null);
	expect(text).toContain("and 4 more");
	expect(text).not.toMatch(/<|@here|\n/);
	expect(text.length).toBeLessThan(3_900);
});
