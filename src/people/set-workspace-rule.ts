import type { Db, Tx } from "../db/client.ts";
import { recordAudit } from "./audit.ts";
import type { WorkspaceRules } from "./decide-access.ts";
import { requireAdmin } from "./roles.ts";
import { listUnlinked, readWorkspaceRules, saveWorkspaceRules } from "./workspace-store.ts";

/**
 * Sets what a workspace allows, as one of its admins. It counts at every door from then on. Where nobody needs a GitHub
 * account any more, what waited for one goes on.
 *
 * @throws AppError `forbidden`
 */
export function createSetWorkspaceRule(deps: {
	db: Db;
	/** Lets everything go on that waits for a person's account. */
	release: (tx: Tx, personId: string) => Promise<unknown>;
	now: () => number;
}) {
	return (input: { personId: string; teamId: string; change: Partial<WorkspaceRules> }): Promise<void> =>
		deps.db.transaction().execute(async (tx) => {
			const { personId, teamId, change } = input;
			await requireAdmin(tx, { personId, teamId });
			const before = await readWorkspaceRules(tx, teamId);
			const at = new Date(deps.now());
			await saveWorkspaceRules(tx, teamId, change, at);
			const act = { personId, action: "workspace.changed", subject: teamId, data: { before, change } };
			await recordAudit(tx, act, at);
			const { unlinked } = await readWorkspaceRules(tx, teamId);
			if (before.unlinked === unlinked || unlinked === "hold") return;
			for (const waiting of await listUnlinked(tx, teamId)) await deps.release(tx, waiting);
		});
}
