import { type Kysely, sql } from "kysely";

/** What a turn changed, where it is little enough to be read at a glance. */
export async function up(db: Kysely<unknown>): Promise<void> {
	await sql.raw("alter table prompts add column snippet text").execute(db);
}
