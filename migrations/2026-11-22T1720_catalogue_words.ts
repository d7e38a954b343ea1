import { type Kysely, sql } from "kysely";

/** What a repository's recipe says of it, beside what GitHub says and what people wrote here. */
export async function up(db: Kysely<unknown>): Promise<void> {
	await sql`
		alter table repository_builds
			add column description text not null default '',
			add column hints text not null default '';
	`.execute(db);
}
