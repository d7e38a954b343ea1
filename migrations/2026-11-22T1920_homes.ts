import { type Kysely, sql } from "kysely";

/** Which App Homes are looked at, and what they show; ways to the figures in them that read only their period. */
export async function up(db: Kysely<unknown>): Promise<void> {
	await sql
		.raw(`
			create table slack_homes (
				team_id text not null,
				user_id text not null,
				-- null: they may not use Bobbin
				person_id uuid references people (id) on delete cascade,
				-- the tab, its period and its page
				state jsonb not null,
				-- Slack's, of what was published last
				view_hash text,
				-- ours, of the same
				shown text,
				opened_at timestamptz not null,
				primary key (team_id, user_id)
			);
			create index slack_homes_open on slack_homes (team_id, opened_at);
			create index prompts_by_time on prompts (created_at);
			create index model_calls_of_prompt on model_calls (prompt_id, started_at);
			create index pull_requests_merged on pull_requests (merged_at) where state = 'merged';
		`)
		.execute(db);
}
