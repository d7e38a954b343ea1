import { sql } from "kysely";
import type { RepositoryUsage } from "../contract/stats.ts";
import type { Db } from "../db/client.ts";
import { ofTeam } from "./of-team.ts";
import type { TeamPeriod } from "./period.ts";

/**
 * By repository: the sessions that began in the period, had a turn and work on it, and those of them of which a pull
 * request was merged, at whatever time. The most used first.
 */
export async function readRepositoryUsage(
	db: Db,
	{ since, until, teamId, limit = 100 }: TeamPeriod & { limit?: number },
): Promise<RepositoryUsage[]> {
	const { rows } = await sql<RepositoryUsage>`
		select repositories.id as "repositoryId", repositories.owner || '/' || repositories.name as repository,
			count(*)::int as sessions,
			count(*) filter (
				where exists (select from pull_requests pulls where pulls.session_id = sessions.id and pulls.state = 'merged')
			)::int as merged
		from sessions
		join repositories on repositories.id = sessions.repository_id
		where sessions.created_at >= ${since} and sessions.created_at < ${until}
			and exists (select from prompts where prompts.session_id = sessions.id and prompts.attempt > 0)
			and ${ofTeam(teamId, sql.ref("sessions.id"))}
		group by repositories.id
		order by sessions desc, merged desc, repository
		limit ${limit}
	`.execute(db);
	return rows;
}
