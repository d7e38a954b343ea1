import { type Kysely, sql } from "kysely";

/** What was merged from a branch, into which: whoever uses its name again begins behind that. */
export async function up(db: Kysely<unknown>): Promise<void> {
	await sql`
		alter table merges
			-- null: of another repository, or merged before this was kept
			add column branch text,
			add column base text
	`.execute(db);
	await sql`create index merges_of_branch on merges (repository_id, branch) where branch is not null`.execute(
		db,
	);
}
