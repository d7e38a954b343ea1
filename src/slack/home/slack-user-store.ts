import type { Db } from "../../db/client.ts";

/** A person in a workspace, and whether it was them who stopped a prompt. Null: they are not known there. */
export async function findSlackUser(
	db: Db,
	of: { teamId: string; personId: string; promptId: string },
): Promise<{ userId: string; stoppedIt: boolean } | null> {
	const row = await db
		.selectFrom("identities")
		.leftJoin("prompts", (join) => join.on((eb) => eb("prompts.id", "=", of.promptId)))
		.select(["identities.external_id as userId", "prompts.stop_requested_by as stoppedBy", "prompts.status"])
		.where("provider", "=", "slack")
		.where("tenant", "=", of.teamId)
		.where("person_id", "=", of.personId)
		.executeTakeFirst();
	if (row === undefined) return null;
	return { userId: row.userId, stoppedIt: row.status === "stopped" && row.stoppedBy === of.personId };
}
