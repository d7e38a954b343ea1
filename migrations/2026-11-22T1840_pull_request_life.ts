import { type Kysely, sql } from "kysely";

/** What a pull request went through at GitHub, as far as its card and the figures need it. */
export async function up(db: Kysely<unknown>): Promise<void> {
	await sql`
		alter table pull_requests
			-- of the head: 'pending', 'passing', 'failing'; null: none is known
			add column checks text,
			add column failing_checks text[] not null default '{}';

		-- Every head that it ever had: webhooks come in any order, and a push counts once
		create table pull_request_heads (
			pull_request_id uuid not null references pull_requests (id) on delete cascade,
			sha text not null,
			seen_at timestamptz not null default now(),
			primary key (pull_request_id, sha)
		);
		create index pull_requests_by_head on pull_requests (repository_id, head_sha) where state = 'open';
	`.execute(db);
}
