import { type Kysely, sql } from "kysely";

/** Sign-ins are deleted some time after they ended. */
export async function up(db: Kysely<unknown>): Promise<void> {
	await sql`create index github_links_by_end on github_links (expires_at)`.execute(db);
}
