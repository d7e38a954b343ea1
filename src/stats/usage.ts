import { sql } from "kysely";
import type { Usage } from "../contract/stats.ts";
import type { Db } from "../db/client.ts";
import { ofTeam } from "./of-team.ts";
import type { TeamPeriod } from "./period.ts";

const DAY_MS = 86_400_000;
const LONGEST_BY_DAY_MS = 31 * DAY_MS;

/**
 * Usage over time: for each day of the period, or each week of a long one, counted from its beginning, the sessions that
 * began in it and had a turn, the prompts that were written in it, and the pull requests of sessions that were merged in
 * it. The last step may be cut short by the period's end.
 */
export async function readUsage(db: Db, { since, until, teamId }: TeamPeriod): Promise<Usage[]> {
	const stepMs = until.getTime() - since.getTime() > LONGEST_BY_DAY_MS ? 7 * DAY_MS : DAY_MS;
	const step = sql`make_interval(secs => ${stepMs / 1000}::float8)`;
	const { rows } = await sql<Omit<Usage, "at"> & { at: Date }>`
		with facts as (
			select sessions.created_at as at, 'session' as kind from sessions
			where sessions.created_at >= ${since} and sessions.created_at < ${until}
				and exists (select from prompts where prompts.session_id = sessions.id and prompts.attempt > 0)
				and ${ofTeam(teamId, sql.ref("sessions.id"))}
			union all
			select prompts.created_at, 'prompt' from prompts
			where prompts.created_at >= ${since} and prompts.created_at < ${until}
				and ${ofTeam(teamId, sql.ref("prompts.session_id"))}
			union all
			select pulls.merged_at, 'merge' from pull_requests pulls
			where pulls.state = 'merged' and pulls.merged_at >= ${since} and pulls.merged_at < ${until}
				and ${ofTeam(teamId, sql.ref("pulls.session_id"))}
		)
		select steps.at,
			count(*) filter (where kind = 'session')::int as sessions,
			count(*) filter (where kind = 'prompt')::int as prompts,
			count(*) filter (where kind = 'merge')::int as merged
		from generate_series(${since}::timestamptz, ${until}::timestamptz - interval '1 microsecond', ${step}) steps (at)
		left join facts on date_bin(${step}, facts.at, ${since}::timestamptz) = steps.at
		group by steps.at
		order by steps.at
	`.execute(db);
	return rows.map((row) => ({ ...row, at: row.at.toISOString() }));
}
