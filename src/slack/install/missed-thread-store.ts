import { sql } from "kysely";
import type { Tx } from "../../db/client.ts";

/** What was on its way when the installation ended may be half shown. */
const BEFORE_THE_END = "1 hour";

/** Sessions with a thread in these workspaces in which something happened since then. */
export async function findMissedSessions(tx: Tx, of: { teamIds: string[]; since: Date }): Promise<string[]> {
	if (of.teamIds.length === 0) return [];
	const { rows } = await sql<{ session_id: string }>`
		select distinct t.session_id from threads t
		where t.team_id = any(${of.teamIds}) and (
			select e.at from events e where e.session_id = t.session_id order by e.seq desc limit 1
		) >= ${of.since}::timestamptz - interval ${sql.lit(BEFORE_THE_END)}
	`.execute(tx);
	return rows.map((row) => row.session_id);
}
