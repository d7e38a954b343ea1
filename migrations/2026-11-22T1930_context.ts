import { type Kysely, sql } from "kysely";

/** What was said around prompts is read after they were taken, and what was masked in them is known. */
export async function up(db: Kysely<unknown>): Promise<void> {
	await sql
		.raw(`
			alter table prompts
				add column context_pending boolean not null default false,
				add column masked jsonb not null default '[]';
		`)
		.execute(db);
}
