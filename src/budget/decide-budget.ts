import type { BudgetScope } from "../contract/budget.ts";

/** How much was spent in one scope, and what people said of its cap. All in USD. */
export interface Meter {
	scope: BudgetScope;
	/** The prompt, session or person by id, `<team>:<channel>`, or the team. */
	subject: string;
	/** UTC, such as 2026-11; empty for prompts and sessions, which have no months. */
	month: string;
	spentUsd: number;
	/** Whether a cap was set here; otherwise the default counts. */
	isSet: boolean;
	/** What was set; null: no cap. */
	capUsd: number | null;
	/** What was added when the cap was reached. */
	raisedUsd: number;
}

/** The caps where nothing is set; null: none. */
export type BudgetDefaults = Record<BudgetScope, number | null>;

/** A cap that lets no further model call through. */
export interface Reached {
	scope: BudgetScope;
	subject: string;
	month: string;
	spentUsd: number;
	capUsd: number;
	/** What people are offered to add to it. */
	offerUsd: number;
}

/** From the nearest to the widest: the nearest is the one that most people may raise. */
const ORDER: readonly BudgetScope[] = ["prompt", "session", "person", "channel", "workspace"];
const LEAST_STEP_USD = 1;
const ROUND_USD = 0.5;
/** Sums of floating point numbers are not exact. */
const TOLERANCE_USD = 1e-9;

/** Pure. The nearest cap that is reached; null: the next model call may be made. */
export function decideBudget(meters: readonly Meter[], defaults: BudgetDefaults): Reached | null {
	for (const scope of ORDER) {
		const meter = meters.find((one) => one.scope === scope);
		if (meter === undefined) continue;
		const standingUsd = meter.isSet ? meter.capUsd : defaults[scope];
		if (standingUsd === null) continue;
		const capUsd = standingUsd + meter.raisedUsd;
		const { subject, month, spentUsd } = meter;
		if (spentUsd < capUsd - TOLERANCE_USD) continue;
		return { scope, subject, month, spentUsd, capUsd, offerUsd: toOffer(standingUsd, spentUsd - capUsd) };
	}
	return null;
}

/** Half of the cap and at least a dollar; more where the last call went so far beyond that this would be used up at once. */
function toOffer(standingUsd: number, beyondUsd: number): number {
	const stepUsd = Math.max(LEAST_STEP_USD, standingUsd / 2);
	return Math.ceil(Math.max(stepUsd, beyondUsd + stepUsd / 2) / ROUND_USD - TOLERANCE_USD) * ROUND_USD;
}

/** The calendar month of a moment, in UTC. */
export function toMonth(at: Date): string {
	return at.toISOString().slice(0, 7);
}
