import { sql } from "kysely";
import type { Tx } from "../db/client.ts";
import { type Meter, toMonth } from "./decide-budget.ts";

/** All that a model call of a session, and of a prompt if one runs, is charged to. One query: every call waits for it. */
export async function readMeters(
	tx: Tx,
	of: { sessionId: string; promptId: string | null; at: Date },
): Promise<Meter[]> {
	const month = toMonth(of.at);
	const { rows } = await sql<Meter>`
		with place as (
			select s.id as session_id, p.id as prompt_id, p.author_id, t.team_id, t.channel_id
			from sessions s
			left join prompts p on p.id = ${of.promptId}::uuid and p.session_id = s.id
			left join lateral (
				select team_id, channel_id from threads where session_id = s.id order by created_at limit 1
			) t on true
			where s.id = ${of.sessionId}
		), meters as (
			select 'prompt' as scope, prompt_id::text as subject, '' as month,
				(select sum(cost_usd) from model_calls m where m.prompt_id = place.prompt_id) as spent
			from place
			union all
			select 'session', session_id::text, '',
				(select sum(cost_usd) from model_calls m where m.session_id = place.session_id)
			from place
			union all
			select months.scope, months.subject, ${month}::text, b.spent_usd
			from (
				select 'person' as scope, author_id::text as subject from place
				union all select 'channel', team_id || ':' || channel_id from place
				union all select 'workspace', team_id from place
			) months
			left join budget_months b
				on b.scope = months.scope and b.subject = months.subject and b.month = ${month}
		)
		select meters.scope, meters.subject, meters.month, coalesce(spent, 0) as "spentUsd",
			c.scope is not null as "isSet", c.cap_usd as "capUsd",
			coalesce((
				select sum(raised_usd) from budget_stops r
				where r.scope = meters.scope and r.subject = meters.subject and r.month = meters.month
					and (c.at is null or r.decided_at > c.at)
			), 0) as "raisedUsd"
		from meters left join budget_caps c on c.scope = meters.scope and c.subject = meters.subject
		where meters.subject is not null
	`.execute(tx);
	return rows;
}
