import { type Kysely, sql } from "kysely";

/** Where the Slack app is installed: in workspaces, or in whole Enterprise Grid organisations (no team). */
export async function up(db: Kysely<unknown>): Promise<void> {
	await sql
		.raw(`
			create table slack_installations (
				id uuid primary key,
				team_id text,
				enterprise_id text,
				name text not null,
				url text not null,
				source text not null check (source in ('oauth', 'setting')),
				bot_token text not null default '',
				bot_user_id text not null,
				bot_id text not null,
				scopes text[] not null default '{}',
				installed_by text,
				generation integer not null default 1,
				installed_at timestamptz not null,
				ended_at timestamptz,
				ended_why text check (ended_why in ('uninstalled', 'refused')),
				check (team_id is not null or enterprise_id is not null)
			);
			create unique index slack_installations_team on slack_installations (team_id) where team_id is not null;
			create unique index slack_installations_organisation on slack_installations (enterprise_id) where team_id is null;

			create table slack_organisation_teams (
				team_id text primary key,
				enterprise_id text not null,
				name text not null
			);
			create index slack_organisation_teams_of on slack_organisation_teams (enterprise_id);

			create table slack_install_states (
				nonce text primary key,
				expires_at timestamptz not null
			);
			create index slack_install_states_by_end on slack_install_states (expires_at);

			alter table workspaces add column allow_shared_channels boolean not null default false;
			alter table channels add column told_shared_at timestamptz;
		`)
		.execute(db);
}
