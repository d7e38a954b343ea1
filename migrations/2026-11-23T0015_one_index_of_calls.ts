import { type Kysely, sql } from "kysely";

/** `model_calls_of_prompt` begins with the same column. */
export async function up(db: Kysely<unknown>): Promise<void> {
	await sql`drop index model_calls_prompt`.execute(db);
}
