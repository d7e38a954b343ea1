import { sql } from "kysely";
import type { LineSurvival } from "../contract/stats.ts";
import type { Db } from "../db/client.ts";
import type { Period } from "./period.ts";

/**
 * Lines that the agent wrote for pull requests that were merged in the period, also those that it or somebody took out
 * on the way, and how many of them were there at the merge. `count-lines.ts` says which lines are the agent's. Merges
 * that are not counted yet are left out.
 */
export async function readLineSurvival(db: Db, { since, until }: Period): Promise<LineSurvival> {
	const { rows } = await sql<LineSurvival>`
		select coalesce(sum(agent_lines), 0)::int as "agentLines",
			coalesce(sum(surviving_lines), 0)::int as "survivingLines",
			sum(surviving_lines)::float8 / nullif(sum(agent_lines), 0) as share
		from pull_requests
		where state = 'merged' and merged_at >= ${since} and merged_at < ${until} and agent_lines is not null
	`.execute(db);
	return rows[0] ?? { agentLines: 0, survivingLines: 0, share: null };
}
