import type { Db, Tx } from "../db/client.ts";
import { type BudgetDefaults, decideBudget, type Reached } from "./decide-budget.ts";
import { readMeters } from "./meter-store.ts";
import { noteRefusal, readRunningAttempt } from "./stop-store.ts";

/** The cap that lets no further model call of a session through; null: it may go on. `promptId` null: none runs. */
export type CheckBudget = (
	tx: Tx,
	of: { sessionId: string; promptId: string | null },
) => Promise<Reached | null>;

export function createCheckBudget(deps: { defaults: BudgetDefaults; now: () => number }): CheckBudget {
	return async (tx, of) =>
		decideBudget(await readMeters(tx, { ...of, at: new Date(deps.now()) }), deps.defaults);
}

/**
 * Decides on one model call, before it is made. Words: why it is refused. What is refused is written down first, so that
 * the turn, or whoever takes it over, knows its end for a pause.
 */
export function createAdmitCall(deps: {
	db: Db;
	check: CheckBudget;
	now: () => number;
	newId: () => string;
}): (call: { sessionId: string; promptId: string | null }) => Promise<string | null> {
	const { db } = deps;
	return async (call) => {
		const reached = await deps.check(db, call);
		if (reached === null) return null;
		const { sessionId, promptId } = call;
		const attempt = promptId === null ? null : await readRunningAttempt(db, promptId);
		if (promptId !== null && attempt !== null)
			await noteRefusal(db, {
				id: deps.newId(),
				...{ sessionId, promptId, attempt, reached },
				at: new Date(deps.now()),
			});
		// No figures: OpenCode takes digits of an error (the 500 of $500.00) for a status and asks again for a minute.
		return `The budget is used up (${reached.scope}). People are asked whether it may go on; do not try again.`;
	};
}
