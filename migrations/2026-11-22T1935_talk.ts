import { type Kysely, sql } from "kysely";

/** What is said in the threads of sessions, and what people change about a message that is a prompt already. */
export async function up(db: Kysely<unknown>): Promise<void> {
	await sql
		.raw(`
			create table thread_messages (
				team_id text not null,
				channel_id text not null,
				thread_ts text not null,
				ts text not null,
				user_id text not null,
				-- as Slack has it, with markup
				text text not null,
				files jsonb not null default '[]',
				taken_as text not null check (taken_as in ('prompt', 'talk')),
				-- who said so
				taken_by text not null check (taken_by in ('mode', 'judge', 'person')),
				-- when a person took a prompt for talk
				undone_at timestamptz,
				created_at timestamptz not null default now(),
				primary key (team_id, channel_id, ts)
			);
			create index thread_messages_thread on thread_messages (team_id, channel_id, thread_ts, ts);
			create index thread_messages_undone on thread_messages (team_id, channel_id) where undone_at is not null;
			alter table channels add column offered_replies_at timestamptz;
			alter table prompts
				-- its message was taken for talk, or deleted
				add column withdrawn text check (withdrawn in ('talk', 'deleted')),
				-- what its message says since it was edited at work
				add column edited_text text;
		`)
		.execute(db);
}
