import { sql } from "kysely";
import type { Db } from "../../db/client.ts";

/** Keeps one metered call; one of a sandbox without a session (a warm one) has nobody to be charged to. */
export async function insertModelCall(
	db: Db,
	call: {
		id: string;
		sessionId: string;
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
	},
): Promise<void> {
	await sql`
		insert into model_calls (
			id, session_id, prompt_id, model, input_tokens, output_tokens, cache_read_tokens, cache_write_tokens,
			cost_usd, started_at, first_token_ms, duration_ms
		)
		select ${call.id}, s.id, ${call.promptId}::uuid, ${call.model}, ${call.inputTokens}::int,
			${call.outputTokens}::int, ${call.cacheReadTokens}::int, ${call.cacheWriteTokens}::int,
			${call.costUsd}::float8, ${call.startedAt}::timestamptz, ${call.firstTokenMs}::float8,
			${call.durationMs}::float8
		from sessions s where s.id = ${call.sessionId}
		on conflict (id) do nothing
	`.execute(db);
}
