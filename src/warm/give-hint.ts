import { decideSizes, type PoolLimits, toCapacity } from "../../sandbox/pool.ts";
import type { WarmAnswer } from "../contract/warm.ts";
import type { Db } from "../db/client.ts";
import { AppError } from "../errors.ts";
import { findRepository } from "../sessions/routing/repository-store.ts";
import { ringPool } from "../sessions/sandbox/warm-claim-store.ts";
import { countHints, type Hint, insertHint, lockHintsOf, setHintOutcome } from "./hint-store.ts";
import { readPoolState } from "./pool-store.ts";

const HINTS_PER_MINUTE = 10;
const MOST_UNUSED = 3;

export interface HintDeps {
	db: Db;
	provider: string;
	limits: PoolLimits;
	now: () => number;
	newId: () => string;
}

export function noSuchRepository(): AppError {
	return new AppError("repository_not_found", "There is no such repository.");
}

/**
 * Takes a hint that a session on a repository may begin soon. What it makes is in the pool for anybody, and goes when
 * nobody comes, so a wrong one does no harm.
 *
 * @throws AppError `repository_not_found`
 */
export async function giveHint(deps: HintDeps, hint: Hint): Promise<WarmAnswer> {
	if (toCapacity(deps.limits) === 0) return { outcome: "refused", reason: "pool_off" };
	const { repositoryId, personId } = hint;
	return deps.db.transaction().execute(async (tx) => {
		if (!(await findRepository(tx, repositoryId))) throw noSuchRepository();
		await lockHintsOf(tx, personId);
		const nowMs = deps.now();
		const row = { ...hint, id: deps.newId(), at: new Date(nowMs) };
		const { lastMinute, unused } = await countHints(tx, { personId, repositoryId, nowMs });
		if (lastMinute >= HINTS_PER_MINUTE || unused >= MOST_UNUSED) {
			// The first one too many is noted; a flood leaves no more.
			if (lastMinute <= HINTS_PER_MINUTE) await insertHint(tx, { ...row, outcome: "refused" });
			const isFlood = lastMinute >= HINTS_PER_MINUTE;
			return { outcome: "refused", reason: isFlood ? "too_many_hints" : "too_many_unused" };
		}
		await insertHint(tx, { ...row, outcome: "made" });
		const { provider, limits } = deps;
		const state = await readPoolState(tx, { provider, limits, nowMs, keeping: null });
		const size = decideSizes(state, nowMs).get(repositoryId) ?? 0;
		const present = state.entries.filter((entry) => entry.repositoryId === repositoryId);
		if (present.length < size) {
			await ringPool(tx);
			return { outcome: "made" };
		}
		const [entry] = present.toSorted((a, b) => b.createdAtMs - a.createdAtMs);
		const outcome = entry ? "present" : "refused";
		await setHintOutcome(tx, row.id, { outcome, sandbox_id: entry?.id ?? null });
		return outcome === "present" ? { outcome } : { outcome, reason: "pool_full" };
	});
}
