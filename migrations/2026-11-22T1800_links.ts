import { type Kysely, sql } from "kysely";

/** A sign-in keeps what GitHub gave until the person has said that the account is theirs. */
export async function up(db: Kysely<unknown>): Promise<void> {
	await sql`
		alter table github_links
			-- sealed
			add column unconfirmed text;
	`.execute(db);
}
