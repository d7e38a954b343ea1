import { sql } from "kysely";
import type { AgentShare } from "../contract/stats.ts";
import type { Db } from "../db/client.ts";
import type { Period } from "./period.ts";

/**
 * For each repository in which something was merged in the period: the lines that its merged pull requests added, those
 * of people and those of sessions, and the share of them that agents wrote. Commits that went to a branch without a pull
 * request are in neither.
 */
export async function readAgentShares(db: Db, { since, until }: Period): Promise<AgentShare[]> {
	const { rows } = await sql<AgentShare>`
		select repositories.id as "repositoryId", repositories.owner || '/' || repositories.name as repository,
			count(*)::int as merged,
			sum(added_lines)::int as "addedLines",
			sum(agent_lines)::int as "agentLines",
			sum(agent_lines)::float8 / nullif(sum(added_lines), 0) as share
		from merges
		join repositories on repositories.id = merges.repository_id
		where merged_at >= ${since} and merged_at < ${until}
		group by repositories.id
		order by "addedLines" desc, repository
	`.execute(db);
	return rows;
}
