import { type Kysely, sql } from "kysely";

/** What one person did is asked for too. */
export async function up(db: Kysely<unknown>): Promise<void> {
	await sql`create index audit_log_of_person on audit_log (person_id, id)`.execute(db);
}
