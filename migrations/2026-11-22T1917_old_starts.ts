import { type Kysely, sql } from "kysely";

/** By this number old rows are deleted, as of every table that is swept. */
export async function up(db: Kysely<unknown>): Promise<void> {
	await sql
		.raw(`alter table slack_starts add column id bigint generated always as identity unique`)
		.execute(db);
}
