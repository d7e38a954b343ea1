import { type Kysely, sql } from "kysely";

/** Channels of Slack that are one session's. As a place of its session such a channel is a thread whose `thread_ts` is empty. */
export async function up(db: Kysely<unknown>): Promise<void> {
	await sql
		.raw(`
			create table slack_code_channels (
				session_id uuid primary key references sessions (id) on delete cascade,
				team_id text not null,
				asked_by text not null,
				state text not null default 'wanted'
					check (state in ('wanted', 'open', 'refused', 'archived', 'closed')),
				channel_id text,
				opened_at timestamptz,
				invited_at timestamptz,
				shown_bar text,
				shown_diff text,
				shown_pull_request text,
				bar_at timestamptz,
				sign_status text check (sign_status in ('processing', 'active', 'suspended', 'closed')),
				sign_title text,
				sign_at timestamptz,
				check ((channel_id is null) = (opened_at is null)),
				unique (team_id, channel_id)
			);
		`)
		.execute(db);
}
