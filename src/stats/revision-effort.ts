import { sql } from "kysely";
import type { RevisionEffort } from "../contract/stats.ts";
import type { Db } from "../db/client.ts";
import type { Period } from "./period.ts";

/**
 * Pushes to a pull request after it was opened, whoever pushed, of those of sessions that were merged in the period: how
 * many for each, and the share that was merged as it was opened.
 */
export async function readRevisionEffort(db: Db, { since, until }: Period): Promise<RevisionEffort> {
	const { rows } = await sql<RevisionEffort>`
		select count(*)::int as merged,
			avg(revisions)::float8 as "revisionsEach",
			avg((revisions = 0)::int)::float8 as "unrevisedShare"
		from pull_requests
		where state = 'merged' and merged_at >= ${since} and merged_at < ${until}
	`.execute(db);
	return rows[0] ?? { merged: 0, revisionsEach: null, unrevisedShare: null };
}
