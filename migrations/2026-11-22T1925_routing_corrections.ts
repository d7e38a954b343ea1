import { type Kysely, sql } from "kysely";

/** Sessions that people moved to another repository, and what is learned of it. */
export async function up(db: Kysely<unknown>): Promise<void> {
	await sql`
		-- set while it is on its way to another repository: {repositoryId, personId, promptId}
		alter table sessions add column move jsonb;

		alter table prompts
			-- what its turn worked on
			add column repository_id uuid references repositories (id) on delete set null;
		update prompts set repository_id = sessions.repository_id
			from sessions where sessions.id = prompts.session_id and prompts.started_at is not null;

		create table routing_corrections (
			id uuid primary key,
			-- null: the session has no thread in Slack
			team_id text,
			channel_id text,
			person_id uuid references people (id) on delete set null,
			session_id uuid not null references sessions (id) on delete cascade,
			-- what was begun anew because of it
			prompt_id uuid references prompts (id) on delete set null,
			from_repository_id uuid references repositories (id) on delete cascade,
			to_repository_id uuid not null references repositories (id) on delete cascade,
			-- the rung that had chosen wrongly
			how text not null,
			words text not null,
			at timestamptz not null,
			-- since when nothing is learned of it any more
			removed_at timestamptz
		);
		create index routing_corrections_session on routing_corrections (session_id, at);
		create index routing_corrections_channel on routing_corrections (team_id, channel_id, at desc)
			where removed_at is null;
		create index routing_corrections_person on routing_corrections (person_id, at desc)
			where removed_at is null;
	`.execute(db);
}
