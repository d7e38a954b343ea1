import type { CapChange, CapView } from "../contract/budget.ts";
import type { Db, Tx } from "../db/client.ts";
import type { BudgetScope } from "../db/schema.ts";
import { AppError } from "../errors.ts";
import { recordAudit } from "../people/audit.ts";
import { requireAdmin } from "../people/roles.ts";
import { readCapRow, saveCap } from "./cap-store.ts";
import { type ContinueDeps, createReleaseWaiting } from "./continue-session.ts";
import { type BudgetDefaults, toMonth } from "./decide-budget.ts";

export interface CapAddress {
	scope: BudgetScope;
	/** The prompt, session or person by id, `<team>:<channel>`, or the team. */
	subject: string;
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
 * Sets a cap and lets go on whatever it paused and does not reach any more. Of channels and workspaces only admins of the
 * workspace may, of a person that person or an admin of `teamId`. `personId` null: whoever sits at this machine.
 *
 * @throws AppError `forbidden`
 */
export function createSetCap(deps: Omit<ContinueDeps, "access"> & { defaults: BudgetDefaults }) {
	const release = createReleaseWaiting(deps);
	return (
		input: CapChange & { personId: string | null /** Where they ask, if in Slack. */; teamId?: string },
	): Promise<CapView> =>
		deps.db.transaction().execute(async (tx) => {
			const { scope, subject, cap, personId } = input;
			const at = new Date(deps.now());
			if (personId !== null) await requireRight(tx, { ...input, personId });
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
}

async function requireRight(
	tx: Tx,
	{ scope, subject, personId, teamId }: CapAddress & { personId: string; teamId?: string },
): Promise<void> {
	switch (scope) {
		case "prompt":
		case "session":
			return;
		case "person":
			if (subject === personId) return;
			if (teamId === undefined) throw new AppError("forbidden", "Only they, or an admin, may set that.");
			await requireAdmin(tx, { personId, teamId });
			return;
		case "channel":
		case "workspace":
			await requireAdmin(tx, { personId, teamId: subject.split(":")[0] ?? "" });
			return;
		default:
			scope satisfies never;
	}
}
