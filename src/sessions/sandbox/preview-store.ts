import type { Db } from "../../db/client.ts";
import { toIdRange } from "../names.ts";

/**
 * The sandboxes of sessions whose id begins with these 8 hex digits, at most two: more than one answer is none. `name`
 * is null for a session without a sandbox.
 */
export function findSandboxesByPrefix(
	db: Db,
	prefix: string,
): Promise<{ session_id: string; name: string | null }[]> {
	const [from, to] = toIdRange(prefix);
	return db
		.selectFrom("sessions")
		.leftJoin("sandboxes", (join) =>
			join.onRef("sandboxes.session_id", "=", "sessions.id").on("sandboxes.deleted_at", "is", null),
		)
		.select(["sessions.id as session_id", "sandboxes.name"])
		.where("sessions.id", ">=", from)
		.where("sessions.id", "<=", to)
		.limit(2)
		.execute();
}
