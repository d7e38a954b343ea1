import { type Kysely, sql } from "kysely";

/** Pictures that agents made, and where they were put. */
export async function up(db: Kysely<unknown>): Promise<void> {
	await sql
		.raw(`
			create table pictures (
				id uuid primary key,
				session_id uuid not null references sessions on delete cascade,
				prompt_id uuid not null references prompts on delete cascade,
				repository_id uuid references repositories,
				title text not null,
				content_type text not null,
				sha256 text not null,
				bytes bytea not null,
				created_at timestamptz not null,
				unique (prompt_id, sha256)
			);
			create index pictures_session on pictures (session_id);

			create table slack_pictures (
				picture_id uuid not null references pictures on delete cascade,
				team_id text not null,
				file_id text,
				uploaded_at timestamptz not null,
				ready_at timestamptz,
				primary key (picture_id, team_id)
			);

			create table github_pictures (
				picture_id uuid primary key references pictures on delete cascade,
				url text not null,
				put_at timestamptz not null
			);
		`)
		.execute(db);
}
