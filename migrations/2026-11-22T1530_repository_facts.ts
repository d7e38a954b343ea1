import { type Kysely, sql } from "kysely";

/** How large a repository is and what it was called before; what a session's people are to know of their checkout. */
export async function up(db: Kysely<unknown>): Promise<void> {
	await sql`
		alter table repositories
			-- as GitHub says; null: it was not asked yet
			add column size_kib bigint,
			-- 'owner/name' each: sandboxes, links and people may still use them
			add column former_names text[] not null default '{}';
		-- a sentence each
		alter table sessions add column checkout_notes text[] not null default '{}';
	`.execute(db);
}
