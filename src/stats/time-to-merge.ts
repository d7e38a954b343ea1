import { sql } from "kysely";
import type { TimeToMerge } from "../contract/stats.ts";
import type { Db } from "../db/client.ts";
import type { Period } from "./period.ts";

/**
 * How long pull requests of sessions took from their opening to their merge, of those that were merged in the period:
 * half of them took no longer than the median, nine of ten no longer than p90.
 */
export async function readTimeToMerge(db: Db, { since, until }: Period): Promise<TimeToMerge> {
	const { rows } = await sql<TimeToMerge>`
		select count(*)::int as merged,
			percentile_cont(0.5) within group (order by seconds) as "medianSeconds",
			percentile_cont(0.9) within group (order by seconds) as "p90Seconds"
		from (
			select extract(epoch from merged_at - coalesce(opened_at, created_at))::float8 as seconds
			from pull_requests
			where state = 'merged' and merged_at >= ${since} and merged_at < ${until}
		) merges
	`.execute(db);
	return rows[0] ?? { merged: 0, medianSeconds: null, p90Seconds: null };
}
