import { type Kysely, sql } from "kysely";

/** What Slack shows of a session by its own means, as far as it took it from us. */
export async function up(db: Kysely<unknown>): Promise<void> {
	await sql
		.raw(`
			create table slack_agent_sessions (
				session_id uuid primary key references sessions (id) on delete cascade,
				status text not null check (status in ('processing', 'active', 'suspended', 'closed')),
				title text not null,
				set_at timestamptz not null
			);
		`)
		.execute(db);
}
