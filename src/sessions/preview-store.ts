import { sql } from "kysely";
import type { Db } from "../db/client.ts";

/**
 * The sandboxes of sessions whose id begins with these 8 hex digits, at most two: more than one answer is none. `name`
 * is null for a session without a sandbox.
 */
export async function findSandboxesByPrefix(
	db: Db,
	prefix: string,
): Promise<{ session_id: string; name: string | null }[]> {
	return (
		db
			.selectFrom("sessions")
			.leftJoin("sandboxes", (join) =>
				join.onRef("sandboxes.session_id", "=", "sessions.id").on("sandboxes.deleted_at", "is", null),
			)
			.select(["sessions.id as session_id", "sandboxes.name"])
			// A range of ids, so that the primary key serves it.
			.where(sql<boolean>`sessions.id between ${`${prefix}-0000-0000-0000-000000000000`}::uuid
			and ${`${prefix}-ffff-ffff-ffff-ffffffffffff`}::uuid`)
			.limit(2)
			.execute()
	);
}
