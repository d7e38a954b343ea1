import { type Kysely, sql } from "kysely";

/** Sessions that begin with a message of ours in Slack, and what whoever began one chose for it. */
export async function up(db: Kysely<unknown>): Promise<void> {
	await sql
		.raw(`
			create table slack_starts (
				key text primary key,
				-- Null: nobody knows whether the message was posted, or it was not yet.
				ts text,
				claimed_until timestamptz,
				created_at timestamptz not null default now()
			);
			alter table sessions add column wish jsonb;
		`)
		.execute(db);
}
