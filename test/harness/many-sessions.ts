import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import type { Db } from "../../src/db/client.ts";

/**
 * Sessions of one workspace, spread evenly over the year before `nowMs`, with a prompt, ten model calls and, three of four, a merged
 * pull request each; fifty of them are of one person, the rest of a hundred others.
 */
export async function seedManySessions(
	db: Db,
	{ sessions, teamId, nowMs }: { sessions: number; teamId: string; nowMs: number },
): Promise<{ personId: string }> {
	const personId = randomUUID();
	await sql`
		insert into people (id, name) values (${personId}, 'Mia');
	`.execute(db);
	await sql`insert into people (id, name) select gen_random_uuid(), 'P' || n from generate_series(1, 100) n`.execute(
		db,
	);
	await sql`
		insert into repositories (id, owner, name, default_branch)
		select gen_random_uuid(), 'acme', 'r' || n, 'main' from generate_series(1, 30) n
	`.execute(db);
	await sql`
		insert into sessions (id, status, title, repository_id, created_at)
		select gen_random_uuid(), 'ready', 'Session ' || n,
			(array(select id from repositories order by name))[1 + n % 30],
			${new Date(nowMs)}::timestamptz - (n::float8 / ${sessions}::int) * interval '365 days'
		from generate_series(1, ${sessions}::int) n
	`.execute(db);
	await sql`
		insert into threads (team_id, channel_id, thread_ts, session_id)
		select ${teamId}, 'C1', title, id from sessions
	`.execute(db);
	await sql`
		insert into prompts (id, session_id, number, author_id, text, origin, idempotency_key, status, attempt, created_at,
			started_at, finished_at, startup)
		select gen_random_uuid(), id, 1,
			case when row_number() over (order by id) <= 50 then ${personId}::uuid
				else (array(select id from people where id <> ${personId} order by id))[1 + (row_number() over (order by id)) % 100] end,
			'Fix it', '{"kind":"slack"}', id::text, 'done', 1, created_at, created_at + interval '1 second',
			created_at + interval '5 minutes', '{"totalMs":900,"sandbox":"warm","steps":[{"step":"queue","startMs":0,"durationMs":1000}]}'
		from sessions
	`.execute(db);
	await sql`
		insert into model_calls (id, session_id, prompt_id, model, input_tokens, output_tokens, cache_read_tokens,
			cache_write_tokens, cost_usd, started_at, first_token_ms, duration_ms)
		select gen_random_uuid(), session_id, id, 'm', 1, 1, 1, 1, 0.01, started_at + call * interval '1 second', 500, 900
		from prompts, generate_series(1, 10) call
	`.execute(db);
	await sql`
		insert into pull_requests (id, session_id, repository_id, branch, base, title, body, state, number, url, merged_at)
		select gen_random_uuid(), id, repository_id, 'b', 'main', 't', '', 'merged', row_number() over (),
			'https://github.example/pull', created_at + interval '1 hour'
		from sessions where get_byte(uuid_send(id), 0) < 192
	`.execute(db);
	await sql`analyze`.execute(db);
	return { personId };
}
