import { type Kysely, sql } from "kysely";

/** What agents ask people in mid-turn, and what people said. */
export async function up(db: Kysely<unknown>): Promise<void> {
	await sql
		.raw(`
			create table questions (
				id uuid primary key,
				session_id uuid not null references sessions on delete cascade,
				prompt_id uuid not null references prompts on delete cascade,
				agent_id text not null,
				text text not null,
				options jsonb not null,
				multiple boolean not null,
				asked_at timestamptz not null,
				chosen jsonb,
				answered_by uuid references people,
				answer_key text unique,
				answered_at timestamptz,
				delivered_at timestamptz,
				closed_at timestamptz,
				unique (prompt_id, agent_id)
			);
			create index questions_session on questions (session_id);
		`)
		.execute(db);
}
