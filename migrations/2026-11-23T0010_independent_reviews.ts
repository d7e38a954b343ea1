import { type Kysely, sql } from "kysely";

/** Whether somebody who did not prompt has approved a pull request, as its check said last. */
export async function up(db: Kysely<unknown>): Promise<void> {
	// null: it was not looked at yet
	await sql`alter table pull_requests add column independent boolean`.execute(db);
}
