import { expect, it } from "vitest";
import type { BudgetStopView, PromptView } from "../../src/sessions/session-view.ts";
import { budgetMessage } from "../../src/slack/blocks/budget-message.ts";
import { statusMessage } from "../../src/slack/blocks/status-message.ts";
import { emptyProgress, foldProgress } from "../../src/slack/showing/fold-progress.ts";
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

const AT = new Date(Date.UTC(2026, 10, 22));
function prompt(change: Partial<PromptView>): PromptView {
	return {
		...{ id: "p1", number: 1, status: "running", text: "fix it", author: null, origin: { kind: "api" } },
		...{
			held: null,
			repository: null,
			moves: 0,
			position: 0,
			attempt: 1,
			answer: null,
			answerPlace: "thread",
		},
		...{ problem: null, costUsd: 0, startup: null, createdAt: AT, startedAt: AT, finishedAt: null },
		...change,
	} as PromptView;
}
const status = (...prompts: PromptView[]) => {
	const view = {
		...{ id: session().id, status: "ready", repository: null, routing: null, movingTo: null },
		...{ moves: [], questions: [], prompts },
	} as unknown as Parameters<typeof statusMessage>[0];
	const shown = prompts.at(-1) ?? prompt({});
	return JSON.stringify(statusMessage(view, shown, emptyProgress(shown.id), AT.getTime() + 8_000));
};

it("a status at work says what was spent, and what such work usually costs", () => {
	const estimate = { medianUsd: 0.2, p90Usd: 0.6 };
	expect(status(prompt({ costUsd: 0.123, estimate }))).toContain(
		"8 s · $0.12 · usually $0.20–0.60 for this kind",
	);
	expect(status(prompt({ estimate }))).toContain("8 s · usually $0.20–0.60 for this kind");
	expect(status(prompt({}))).not.toContain("$");
});

it("a paused prompt has no button of its own, and what is behind it says why it waits", () => {
	const paused = prompt({
		status: "queued",
		held: "budget",
		costUsd: 5,
		finishedAt: new Date(AT.getTime() + 65_000),
	});
	expect(status(paused)).toContain("⏸ Paused · 1 min 5 s · $5.00");
	expect(status(paused)).not.toContain('"button"');
	const behind = prompt({ id: "p2", number: 2, status: "queued", position: 1, attempt: 0 });
	expect(status(paused, behind)).toContain("next in line. It waits until the question about the budget");
});

it("what was done before a pause stays in view, a new attempt begins anew", () => {
	const at = { sessionId: "s", at: AT.toISOString() };
	const file = { path: "a.ts", change: "changed" as const, additions: 1, deletions: 0, diff: null };
	const started = { ...at, seq: 3, type: "prompt.started" as const, data: { promptId: "p1", attempt: 2 } };
	const reached = { promptId: "p1", scope: "session" as const, spentUsd: 1, capUsd: 1 };
	const worked = foldProgress(emptyProgress("p1"), {
		...{ ...at, seq: 1, type: "file.changed" },
		data: { promptId: "p1", file },
	});
	const paused = foldProgress(worked, { ...at, seq: 2, type: "budget.reached", data: reached });
	expect(foldProgress(paused, started).files.size).toBe(1);
	expect(foldProgress(worked, started).files.size).toBe(0);
});
