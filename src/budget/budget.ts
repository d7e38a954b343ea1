import type { Db } from "../db/client.ts";
import type { Enqueue } from "../jobs/queue.ts";
import type { Access } from "../people/access.ts";
import { createReadCaps, createSetCap } from "./caps.ts";
import { createAdmitCall, createCheckBudget } from "./check-budget.ts";
import { createContinueSession, createWhoMayContinue } from "./continue-session.ts";
import type { BudgetDefaults } from "./decide-budget.ts";

export type Budget = ReturnType<typeof createBudget>;

/** What work may cost: caps, the calls that they let through, and letting go on what they paused. */
export function createBudget(deps: {
	db: Db;
	enqueue: Enqueue;
	access: Pick<Access, "permissionOf">;
	defaults: BudgetDefaults;
	now: () => number;
	newId: () => string;
}) {
	const check = createCheckBudget(deps);
	const shared = { ...deps, check, checkBudget: check };
	return {
		check,
		admitCall: createAdmitCall(shared),
		continueSession: createContinueSession(shared),
		whoMayContinue: createWhoMayContinue(deps),
		readCaps: createReadCaps(deps),
		setCap: createSetCap(shared),
	};
}
