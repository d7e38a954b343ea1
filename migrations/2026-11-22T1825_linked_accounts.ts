import { type Kysely, sql } from "kysely";

/** Which GitHub accounts a person has ever connected is asked for at each review. */
export async function up(db: Kysely<unknown>): Promise<void> {
	await sql`create index audit_log_of_links on audit_log (person_id) where action = 'github.linked'`.execute(
		db,
	);
}
