import { type Kysely, sql } from "kysely";

/** What people, channels and threads may choose for themselves; null: what the wider one says. */
export async function up(db: Kysely<unknown>): Promise<void> {
	const verbosity = "text check (verbosity in ('quiet', 'normal', 'verbose'))";
	const replies = "text check (replies in ('every', 'addressed', 'judged'))";
	await sql
		.raw(`
			alter table people
				add column model text,
				add column verbosity ${verbosity},
				add column notify text not null default 'thread' check (notify in ('thread', 'direct'));
			alter table channels
				add column verbosity ${verbosity},
				add column replies ${replies},
				add column model text,
				add column introduced_at timestamptz,
				add column updated_at timestamptz not null default now();
			alter table threads
				add column verbosity ${verbosity},
				add column replies ${replies};
			alter table sessions add column model text;
		`)
		.execute(db);
}
