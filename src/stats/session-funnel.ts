import { sql } from "kysely";
import type { SessionFunnel } from "../contract/stats.ts";
import type { Db } from "../db/client.ts";
import { ofTeam } from "./of-team.ts";
import type { TeamPeriod } from "./period.ts";

/**
 * Sessions → merged. A session counts if it began in the period and an agent has worked on a prompt of it; it has a
 * pull request if one was opened, and is merged if one of them was, at whatever time.
 */
export async function readSessionFunnel(
	db: Db,
	{ since, until, teamId }: TeamPeriod,
): Promise<SessionFunnel> {
	const { rows } = await sql<SessionFunnel>`
		select count(*)::int as sessions,
			count(*) filter (where fate.opened)::int as "withPullRequest",
			count(*) filter (where fate.merged)::int as merged
		from sessions
		cross join lateral (
			select coalesce(bool_or(state <> 'intended'), false) as opened,
				coalesce(bool_or(state = 'merged'), false) as merged
			from pull_requests where pull_requests.session_id = sessions.id
		) fate
		where sessions.created_at >= ${since} and sessions.created_at < ${until}
			and exists (select from prompts where prompts.session_id = sessions.id and prompts.attempt > 0)
			and ${ofTeam(teamId, sql.ref("sessions.id"))}
	`.execute(db);
	return rows[0] ?? { sessions: 0, withPullRequest: 0, merged: 0 };
}
