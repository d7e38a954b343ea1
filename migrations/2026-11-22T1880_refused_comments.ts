import { type Kysely, sql } from "kysely";

/** Each comment that is refused is looked for first. */
export async function up(db: Kysely<unknown>): Promise<void> {
	await sql`
		create index audit_log_refused_comments on audit_log (repository_id, (data ->> 'comment'))
		where action = 'comment.refused'
	`.execute(db);
}
