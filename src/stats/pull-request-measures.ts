import { sql } from "kysely";
import type { PullRequestMeasures } from "../contract/stats.ts";
import type { Db } from "../db/client.ts";
import type { Period } from "./period.ts";

const MOST = 500;

/**
 * Every pull request that a session opened in the period, the newest first, with what is measured of it: how long it took
 * to its merge, how many people prompted before that, reviews of people (not of whoever opened it), pushes after
 * opening, lines.
 */
export async function readPullRequestMeasures(
	db: Db,
	{ since, until }: Period,
): Promise<PullRequestMeasures[]> {
	const { rows } = await sql<
		Omit<PullRequestMeasures, "openedAt" | "mergedAt"> & { openedAt: Date; mergedAt: Date | null }
	>`
		select pulls.id as "pullRequestId", pulls.session_id as "sessionId",
			repositories.owner || '/' || repositories.name as repository,
			pulls.number, pulls.title, pulls.url, pulls.state,
			coalesce(pulls.opened_at, pulls.created_at) as "openedAt",
			pulls.merged_at as "mergedAt",
			extract(epoch from pulls.merged_at - coalesce(pulls.opened_at, pulls.created_at))::float8 as "secondsToMerge",
			(
				select count(distinct author_id)::int from prompts
				where prompts.session_id = pulls.session_id and prompts.attempt > 0
					and prompts.problem ->> 'code' is distinct from 'no_access'
					and (pulls.merged_at is null or prompts.started_at < pulls.merged_at)
			) as prompters,
			(
				select count(*)::int from pull_request_reviews reviews
				where pull_request_id = pulls.id
					and (reviews.person_id = pulls.opened_by) is not true
			) as reviews,
			pulls.revisions, pulls.added_lines as "addedLines", pulls.agent_lines as "agentLines",
			pulls.surviving_lines as "survivingLines"
		from pull_requests pulls
		join repositories on repositories.id = pulls.repository_id
		where pulls.state <> 'intended' and pulls.number is not null and pulls.url is not null
			and coalesce(pulls.opened_at, pulls.created_at) >= ${since}
			and coalesce(pulls.opened_at, pulls.created_at) < ${until}
		order by "openedAt" desc, pulls.id
		limit ${MOST}
	`.execute(db);
	return rows.map((row) => ({
		...row,
		openedAt: row.openedAt.toISOString(),
		mergedAt: row.mergedAt?.toISOString() ?? null,
	}));
}
