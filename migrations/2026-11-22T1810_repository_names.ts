import { type Kysely, sql } from "kysely";

/** Repositories are looked up by name also when they are ours no more; `repositories_name` has the others only. */
export async function up(db: Kysely<unknown>): Promise<void> {
	await sql`create index repositories_any_name on repositories (lower(owner), lower(name))`.execute(db);
}
