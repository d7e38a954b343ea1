import { sql } from "kysely";
import type { Tx } from "../../db/client.ts";

/** One call of a model, with what it cost. */
export interface ModelCall {
	id: string;
	/** Null: none; of a session that is not there the call is not kept. */
	sessionId: string | null;
	promptId: string | null;
	model: string;
	inputTokens: number;
	outputTokens: number;
	cacheReadTokens: number;
	cacheWriteTokens: number;
	costUsd: number;
	startedAt: Date;
	firstTokenMs: number | null;
	durationMs: number;
}

/**
 * Keeps one metered call and adds it to what its person, channel and workspace have spent this month; one of a sandbox
 * without a session (a warm one) has nobody to be charged to. The same call again changes nothing. `place`: whom it is
 * charged to where neither prompt nor session say so.
 */
export async function insertModelCall(
	tx: Tx,
	call: ModelCall,
	place?: { teamId: string; channelId: string; personId: string | null },
): Promise<void> {
	await sql`
		with kept as (insert into model_calls (
			id, session_id, prompt_id, model, input_tokens, output_tokens, cache_read_tokens, cache_write_tokens,
			cost_usd, started_at, first_token_ms, duration_ms
		)
		select ${call.id}, ${call.sessionId}::uuid, ${call.promptId}::uuid, ${call.model}, ${call.inputTokens}::int,
			${call.outputTokens}::int, ${call.cacheReadTokens}::int, ${call.cacheWriteTokens}::int,
			${call.costUsd}::float8, ${call.startedAt}::timestamptz, ${call.firstTokenMs}::float8,
			${call.durationMs}::float8
		where ${call.sessionId}::uuid is null or exists (select from sessions where id = ${call.sessionId})
		on conflict (id) do nothing
		returning session_id, prompt_id, cost_usd, started_at),
		place as (
			select kept.*, coalesce(p.author_id, ${place?.personId ?? null}::uuid) as author_id,
				coalesce(t.team_id, ${place?.teamId ?? null}) as team_id,
				coalesce(t.channel_id, ${place?.channelId ?? null}) as channel_id
			from kept
			left join prompts p on p.id = kept.prompt_id
			left join lateral (
				select team_id, channel_id from threads where session_id = kept.session_id order by created_at limit 1
			) t on true
		)
		insert into budget_months as b (scope, subject, month, spent_usd)
		select scope, subject, to_char(started_at at time zone 'UTC', 'YYYY-MM'), cost_usd
		from (
			select 'person' as scope, author_id::text as subject, started_at, cost_usd from place
			union all select 'channel', team_id || ':' || channel_id, started_at, cost_usd from place
			union all select 'workspace', team_id, started_at, cost_usd from place
		) charged
		where subject is not null and cost_usd > 0
		-- Always in one order: who waits for whom is never a circle.
		order by scope, subject
		on conflict (scope, subject, month) do update set spent_usd = b.spent_usd + excluded.spent_usd
	`.execute(tx);
}
