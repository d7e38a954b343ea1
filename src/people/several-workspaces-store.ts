import { sql } from "kysely";
import type { Tx } from "../db/client.ts";

/** Held until the end of the transaction: a workspace comes or a rule is chosen, one after the other. */
const lock = (tx: Tx) => sql`select pg_advisory_xact_lock(hashtext('bobbin workspaces'))`.execute(tx);

/** Whether several workspaces use Bobbin. Where a whole organisation may, nobody knows how many will. */
export async function isShared(tx: Tx): Promise<boolean> {
	const installations = await tx
		.selectFrom("slack_installations")
		.select("team_id")
		.where("ended_at", "is", null)
		.execute();
	return installations.length > 1 || installations.some(({ team_id }) => team_id === null);
}

/**
 * Whether the App may act for people without a GitHub account at all. It has the repositories of whoever runs Bobbin:
 * where several workspaces share it, one must not open them for another.
 */
export async function mayActAsApp(tx: Tx): Promise<boolean> {
	await lock(tx);
	return !(await isShared(tx));
}

/** Takes it back everywhere once there are several. Gives the workspaces that had it. */
export async function takeBackActingAsApp(tx: Tx, at: Date): Promise<string[]> {
	if (await mayActAsApp(tx)) return [];
	const rows = await tx
		.updateTable("workspaces")
		.set({ unlinked: "hold", updated_at: at })
		.where("unlinked", "=", "app")
		.returning("team_id")
		.execute();
	return rows.map((row) => row.team_id);
}
