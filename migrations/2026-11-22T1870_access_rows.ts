import { type Kysely, sql } from "kysely";

/** Tells a row that was there when GitHub was asked from one that was made after it was forgotten. */
export async function up(db: Kysely<unknown>): Promise<void> {
	await sql`
		alter table repository_access add column id bigint not null generated always as identity;
	`.execute(db);
}
