import { expect, it } from "vitest";
import { type BudgetDefaults, decideBudget, type Meter } from "../../src/budget/decide-budget.ts";
import type { BudgetScope } from "../../src/contract/budget.ts";

const NONE: BudgetDefaults = { prompt: null, session: null, person: null, channel: null, workspace: null };

function meter(scope: BudgetScope, spentUsd: number, change: Partial<Meter> = {}): Meter {
	const month = scope === "prompt" || scope === "session" ? "" : "2026-11";
	return {
		scope,
		subject: `a ${scope}`,
		month,
		spentUsd,
		isSet: false,
		capUsd: null,
		raisedUsd: 0,
		...change,
	};
}
const set = (capUsd: number | null) => ({ isSet: true, capUsd });

it.each<[string, Meter[], Partial<BudgetDefaults>, [BudgetScope, number, number] | null]>([
	["lets all through where nothing has a cap", [meter("session", 1_000)], {}, null],
	["lets through what is below", [meter("session", 4.99)], { session: 5 }, null],
	["stops at the cap itself", [meter("session", 5)], { session: 5 }, ["session", 5, 2.5]],
	["takes sums for what they mean", [meter("session", 0.1 + 0.2)], { session: 0.3 }, ["session", 0.3, 1]],
	["goes by what was set rather than the default", [meter("person", 6, set(10))], { person: 5 }, null],
	["knows that no cap was set", [meter("channel", 900, set(null))], { channel: 5 }, null],
	["counts what was added", [meter("session", 6, { raisedUsd: 2.5 })], { session: 5 }, null],
	[
		"offers no more the more was added",
		[meter("session", 7.5, { raisedUsd: 2.5 })],
		{ session: 5 },
		["session", 7.5, 2.5],
	],
	["offers at least a dollar", [meter("session", 0.012)], { session: 0.01 }, ["session", 0.01, 1]],
	["offers enough to go on after a dear call", [meter("session", 4)], { session: 1 }, ["session", 1, 3.5]],
	["offers round sums", [meter("prompt", 3.3)], { prompt: 3.3 }, ["prompt", 3.3, 2]],
	[
		"names the nearest of several",
		[meter("workspace", 100), meter("person", 50), meter("session", 1)],
		{ workspace: 100, person: 50, session: 5 },
		["person", 50, 25],
	],
])("%s", (_title, meters, defaults, expected) => {
	const reached = decideBudget(meters, { ...NONE, ...defaults });
	expect(reached && [reached.scope, reached.capUsd, reached.offerUsd]).toEqual(expected);
	if (reached) expect(reached.offerUsd + reached.capUsd).toBeGreaterThan(reached.spentUsd);
});
