import { type Kysely, sql } from "kysely";

/** One request that several sessions work on side by side, until somebody picks one. */
export async function up(db: Kysely<unknown>): Promise<void> {
	await sql`
		create table attempt_groups (
			id uuid primary key,
			first_session_id uuid not null unique references sessions (id),
			count integer not null check (count between 2 and 5),
			models text[] not null default '{}',
			picked_number integer,
			picked_by uuid references people (id),
			picked_at timestamptz,
			created_at timestamptz not null default now()
		)
	`.execute(db);
	await sql`
		create table attempts (
			group_id uuid not null references attempt_groups (id),
			number integer not null,
			session_id uuid not null unique references sessions (id),
			primary key (group_id, number)
		)
	`.execute(db);
}
