import { type Kysely, sql } from "kysely";

/** Whether what was not pushed in the repository that a session left could be kept. */
export async function up(db: Kysely<unknown>): Promise<void> {
	await sql`alter table routing_corrections add column is_kept boolean not null default true`.execute(db);
}
