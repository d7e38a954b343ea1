import { sql } from "kysely";
import type { PullRequestFates } from "../contract/stats.ts";
import type { Db } from "../db/client.ts";
import type { Period } from "./period.ts";

/** Pull requests that sessions opened in the period, and what they are now: open, merged, or closed without a merge. */
export async function readPullRequestFates(db: Db, { since, until }: Period): Promise<PullRequestFates> {
	const { rows } = await sql<PullRequestFates>`
		select count(*)::int as opened,
			count(*) filter (where state = 'open')::int as open,
			count(*) filter (where state = 'merged')::int as merged,
			count(*) filter (where state = 'closed')::int as closed
		from pull_requests
		where state <> 'intended'
			and coalesce(opened_at, created_at) >= ${since} and coalesce(opened_at, created_at) < ${until}
	`.execute(db);
	return rows[0] ?? { opened: 0, open: 0, merged: 0, closed: 0 };
}
