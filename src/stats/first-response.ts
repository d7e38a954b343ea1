import { sql } from "kysely";
import type { FirstResponse } from "../contract/stats.ts";
import type { Db } from "../db/client.ts";
import { ofTeam } from "./of-team.ts";
import type { TeamPeriod } from "./period.ts";

/**
 * Time to the first model response: from when a prompt that was written in the period could begin until the model's first
 * token for its newest run. What it waited for people does not count (which repository was meant, a GitHub account), nor
 * what it waited for the prompt before it; finding the repository by itself does.
 */
export async function readFirstResponse(
	db: Db,
	{ since, until, teamId }: TeamPeriod,
): Promise<FirstResponse> {
	const { rows } = await sql<FirstResponse>`
		select count(*)::int as prompts,
			percentile_cont(0.5) within group (order by seconds) as "medianSeconds",
			percentile_cont(0.95) within group (order by seconds) as "p95Seconds"
		from (
			select greatest(0, extract(epoch from answered.at - greatest(ready.at, before.at)))::float8 as seconds
			from prompts
			join sessions on sessions.id = prompts.session_id
			cross join lateral (
				select calls.started_at + make_interval(secs => calls.first_token_ms / 1000) as at
				from model_calls calls
				where calls.prompt_id = prompts.id and calls.started_at >= prompts.started_at
					and calls.first_token_ms is not null
				order by calls.started_at
				limit 1
			) answered
			cross join lateral (
				select prompts.started_at - make_interval(secs => coalesce(sum((step ->> 'durationMs')::float8), 0) / 1000) as at
				from jsonb_array_elements(prompts.startup -> 'steps') step
				where step ->> 'step' = 'queue'
					or (step ->> 'step' = 'route' and sessions.routing ->> 'how' is distinct from 'picked')
			) ready
			cross join lateral (
				select max(earlier.finished_at) as at from prompts earlier
				where earlier.session_id = prompts.session_id and earlier.number < prompts.number
					and earlier.finished_at <= prompts.started_at
			) before
			where prompts.created_at >= ${since} and prompts.created_at < ${until} and prompts.startup is not null
				and ${ofTeam(teamId, sql.ref("prompts.session_id"))}
		) turns
	`.execute(db);
	return rows[0] ?? { prompts: 0, medianSeconds: null, p95Seconds: null };
}
