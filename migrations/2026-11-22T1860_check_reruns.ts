import { type Kysely, sql } from "kysely";

/** Failed jobs that GitHub was asked to run again, once for each head and check: does it fail every time? */
export async function up(db: Kysely<unknown>): Promise<void> {
	await sql`
		create table check_reruns (
			pull_request_id uuid not null references pull_requests (id) on delete cascade,
			head_sha text not null,
			name text not null,
			-- 'intended', 'asked', 'impossible'
			state text not null,
			at timestamptz not null,
			primary key (pull_request_id, head_sha, name)
		);
	`.execute(db);
}
