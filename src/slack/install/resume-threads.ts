import { sql } from "kysely";
import type { Tx } from "../../db/client.ts";
import { type Enqueue, showThreadJob } from "../../jobs/queue.ts";

/** What was on its way when the installation ended may be half shown. */
const BEFORE_THE_END = "1 hour";

/** Has every thread shown in which something happened while nothing could be said there. Gives how many. */
export async function resumeThreads(
	tx: Tx,
	enqueue: Enqueue,
	of: { teamIds: string[]; since: Date },
): Promise<number> {
	if (of.teamIds.length === 0) return 0;
	const { rows } = await sql<{ session_id: string }>`
		select distinct t.session_id from threads t
		where t.team_id = any(${of.teamIds}) and (
			select e.at from events e where e.session_id = t.session_id order by e.seq desc limit 1
		) >= ${of.since}::timestamptz - interval ${sql.lit(BEFORE_THE_END)}
	`.execute(tx);
	for (const { session_id: sessionId } of rows) {
		await enqueue(tx, showThreadJob, { version: 1, sessionId }, { key: sessionId });
	}
	return rows.length;
}
