import type { Db } from "../db/client.ts";
import { recordAudit } from "./audit.ts";
import type { WorkspaceRules } from "./decide-access.ts";
import { requireAdmin } from "./roles.ts";
import { readWorkspaceRules, saveWorkspaceRules } from "./workspace-store.ts";

/**
 * Sets what a workspace allows, as one of its admins. It counts at every door from then on; a prompt that waits for an
 * account goes on waiting for it.
 *
 * @throws AppError `forbidden`
 */
export function createSetWorkspaceRule(deps: { db: Db; now: () => number }) {
	return (input: { personId: string; teamId: string; change: Partial<WorkspaceRules> }): Promise<void> =>
		deps.db.transaction().execute(async (tx) => {
			const { personId, teamId, change } = input;
			await requireAdmin(tx, { personId, teamId });
			const before = await readWorkspaceRules(tx, teamId);
			const at = new Date(deps.now());
			await saveWorkspaceRules(tx, teamId, change, at);
			const act = { personId, action: "workspace.changed", subject: teamId, data: { before, change } };
			await recordAudit(tx, act, at);
		});
}
