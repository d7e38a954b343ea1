import { type Kysely, sql } from "kysely";

/** What the fast model judged counts, too, also where no session comes of it. */
export async function up(db: Kysely<unknown>): Promise<void> {
	await sql`alter table model_calls alter column session_id drop not null`.execute(db);
}
