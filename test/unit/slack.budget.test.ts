import { expect, it } from "vitest";
import type { BudgetStopView, PromptView } from "../../src/sessions/sessions.ts";
import { budgetMessage } from "../../src/slack/blocks/budget-message.ts";
import { estimateWords, moneyWords } from "../../src/slack/text/words.ts";

const STOP: BudgetStopView = {
	id: "c5a1d5a0-0000-4000-8000-000000000002",
	promptId: "p1",
	scope: "session",
	spentUsd: 5.034,
	capUsd: 5,
	offerUsd: 2.5,
	decision: null,
};
const session = (author = "Mia Berg", fullName: string | null = "acme/shop") => ({
	id: "c5a1d5a0-0000-4000-8000-000000000001",
	repository: fullName === null ? null : { id: "r1", fullName, sizeKib: null },
	prompts: [{ id: "p1", author: { personId: "a", name: author } } as PromptView],
});
const read = (...input: Parameters<typeof budgetMessage>) => JSON.stringify(budgetMessage(...input));

it.each<[string, Parameters<typeof budgetMessage>, string[]]>([
	[
		"says what is used up and who may let it go on",
		[session(), STOP],
		[
			"budget for this session is used up",
			"$5.03 of $5 is spent",
			"Continue +$2.50",
			"may write to `acme/shop`",
		],
	],
	["is for anyone where there is no repository", [session("Mia", null), STOP], ["Anyone here can"]],
	[
		"names whose month it is",
		[session(), { ...STOP, scope: "person" }],
		["Mia Berg this month", "Mia Berg or an admin"],
	],
	["takes no name for markup", [session("<!channel>"), { ...STOP, scope: "person" }], ["&lt;!channel&gt;"]],
	["is an admin's for a channel", [session(), { ...STOP, scope: "channel" }], ["An admin of this workspace"]],
	[
		"folds when somebody let it go on",
		[session(), { ...STOP, decision: { how: "continued", by: "Noah", raisedUsd: 2.5 } }],
		["⏸ Paused at $5 for this session · continued by Noah, +$2.50"],
	],
	[
		"folds when another's decision let it go on",
		[session(), { ...STOP, decision: { how: "continued", by: null, raisedUsd: 0 } }],
		['Paused at $5 for this session · continued"'],
	],
	[
		"folds when it was stopped",
		[session(), { ...STOP, decision: { how: "stopped", by: "Noah", raisedUsd: 0 } }],
		["⏹ stopped by Noah"],
	],
])("a question about a budget %s", (_title, input, expected) => {
	for (const words of expected) expect(read(...input)).toContain(words);
	if (input[1].decision !== null) expect(read(...input)).not.toContain("button");
});

it.each([
	[5, "$5"],
	[2.5, "$2.50"],
	[0.01, "$0.01"],
	[0.004, "under $0.01"],
	[0, "$0"],
	[1234.567, "$1234.57"],
])("%d dollars are %s", (usd, words) => {
	expect(moneyWords(usd)).toBe(words);
});

it.each([
	[{ medianUsd: 0.2, p90Usd: 0.6 }, "usually $0.20–0.60 for this kind"],
	[{ medianUsd: 0.001, p90Usd: 0.002 }, "usually $0.01 for this kind"],
])("an estimate is a span", (estimate, words) => {
	expect(estimateWords(estimate)).toBe(words);
});
