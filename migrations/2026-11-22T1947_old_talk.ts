import { type Kysely, sql } from "kysely";

/** What people said in threads, and starts of sessions, are found by their age. */
export async function up(db: Kysely<unknown>): Promise<void> {
	await sql
		.raw(`
			alter table thread_messages add column id bigint generated always as identity unique;
			create index thread_messages_by_age on thread_messages (created_at);
			create index slack_starts_by_age on slack_starts (created_at) where ts is not null;
		`)
		.execute(db);
}
