import { type Kysely, sql } from "kysely";

/** Whose sessions there are, and those of a channel, the newest first. */
export async function up(db: Kysely<unknown>): Promise<void> {
	await sql
		.raw(`
			create index prompts_of_author on prompts (author_id, created_at desc);
			create index threads_of_channel on threads (team_id, channel_id, created_at desc);
		`)
		.execute(db);
}
