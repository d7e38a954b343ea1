import { type Kysely, sql } from "kysely";

export async function up(db: Kysely<unknown>): Promise<void> {
	await sql`
		-- why GitHub refused an intent that was carried on when no agent could be told any more
		alter table pull_requests add column problem jsonb;
	`.execute(db);
}
