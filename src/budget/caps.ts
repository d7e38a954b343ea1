import type { CapAddress, CapChange, CapView } from "../contract/budget.ts";
import type { Db, Tx } from "../db/client.ts";
import { AppError } from "../errors.ts";
import { recordAudit } from "../people/audit.ts";
import { findRepositoryOf, readCapRow, saveCap } from "./cap-store.ts";
import { type ContinueDeps, createReleaseWaiting } from "./continue-session.ts";
import { type BudgetDefaults, toMonth } from "./decide-budget.ts";
import { findWhoMay } from "./who-may.ts";

interface CapSetting extends CapChange {
	/** null: whoever sits at this machine. */
	personId: string | null;
	/** Where they ask, if in Slack. */
	teamId?: string;
}

/** What somebody may look at and set, with what counts against it. In the order of `of`. */
export function createReadCaps(deps: { db: Db; defaults: BudgetDefaults; now: () => number }) {
	return async (of: readonly CapAddress[]): Promise<CapView[]> =>
		Promise.all(of.map((address) => readCap(deps.db, deps, address)));
}

async function readCap(
	tx: Tx,
	deps: { defaults: BudgetDefaults; now: () => number },
	{ scope, subject }: CapAddress,
): Promise<CapView> {
	const row = await readCapRow(tx, { scope, subject, month: toMonth(new Date(deps.now())) });
	const standingUsd = row.isSet ? row.capUsd : deps.defaults[scope];
	return {
		scope,
		subject,
		cap: row.isSet ? (row.capUsd ?? "none") : "default",
		capUsd: standingUsd === null ? null : standingUsd + row.raisedUsd,
		spentUsd: row.spentUsd,
	};
}

/**
 * Sets a cap and lets go on whatever it paused and does not reach any more. `who-may.ts` says who may.
 *
 * @throws AppError `forbidden`, `access_unknown` (retryable)
 */
export function createSetCap(deps: ContinueDeps & { defaults: BudgetDefaults }) {
	const release = createReleaseWaiting(deps);
	return async (input: CapSetting): Promise<CapView> => {
		const { scope, subject, cap, personId } = input;
		if (personId !== null) {
			const repositoryId = await findRepositoryOf(deps.db, { scope, subject });
			const owned = { scope, subject, repositoryId, teamId: input.teamId ?? null };
			const who = await findWhoMay(deps, owned, personId);
			if (who !== null) throw new AppError("forbidden", who);
		}
		return deps.db.transaction().execute(async (tx) => {
			const at = new Date(deps.now());
			const before = await readCap(tx, deps, { scope, subject });
			await release.lock(tx, { scope, subject });
			await saveCap(tx, { scope, subject, cap, personId, at });
			await recordAudit(
				tx,
				{
					personId,
					...(personId === null ? { actor: "local" } : {}),
					action: "budget.cap_set",
					subject: `${scope} ${subject}`,
					data: { before: before.cap, cap },
				},
				at,
			);
			await release.others(tx, { scope, subject }, personId, at);
			return readCap(tx, deps, { scope, subject });
		});
	};
}
