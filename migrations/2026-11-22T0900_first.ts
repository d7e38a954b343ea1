import { type Kysely, sql } from "kysely";

/** The first tables: inbox, people, repositories, sessions with their threads, prompts, log, sandboxes, pull requests. */
export async function up(db: Kysely<unknown>): Promise<void> {
	await sql`
		create table inbox (
			id bigint generated always as identity primary key,
			source text not null,
			key text not null,
			-- a second identity of the same fact: a Slack mention arrives as two events of one (team, channel, ts)
			twin_key text,
			body jsonb not null,
			received_at timestamptz not null default now(),
			processed_at timestamptz,
			attempts int not null default 0,
			claimed_until timestamptz,
			last_error text,
			unique (source, key),
			unique (source, twin_key)
		);
		create index inbox_unprocessed on inbox (id) where processed_at is null;

		create table people (
			id uuid primary key,
			name text not null,
			email text,
			created_at timestamptz not null default now()
		);
		create table identities (
			provider text not null,
			-- Slack team id; '' for GitHub
			tenant text not null,
			external_id text not null,
			person_id uuid not null references people (id),
			name text not null,
			email text,
			kind text not null default 'member',
			checked_at timestamptz not null default now(),
			primary key (provider, tenant, external_id)
		);
		create index identities_person on identities (person_id);

		create table repositories (
			id uuid primary key,
			owner text not null,
			name text not null,
			github_id bigint unique,
			installation_id bigint,
			default_branch text not null,
			description text not null default '',
			hints text not null default '',
			aliases text[] not null default '{}',
			languages text[] not null default '{}',
			topics text[] not null default '{}',
			private boolean not null default true,
			archived boolean not null default false,
			-- no longer granted to us; kept because sessions refer to it
			removed_at timestamptz,
			updated_at timestamptz not null default now()
		);
		create unique index repositories_name on repositories (lower(owner), lower(name)) where removed_at is null;

		create table channels (
			team_id text not null,
			channel_id text not null,
			default_repository_id uuid references repositories (id),
			primary key (team_id, channel_id)
		);

		create table sessions (
			id uuid primary key,
			status text not null,
			title text not null,
			repository_id uuid references repositories (id),
			routing jsonb,
			base_branch text,
			branch text,
			-- ownership: whoever runs the session raises the epoch; writes of an older epoch are refused
			epoch int not null default 0,
			owner_instance text,
			conversation_id text,
			last_seq bigint not null default 0,
			created_at timestamptz not null default now(),
			updated_at timestamptz not null default now()
		) with (fillfactor = 70); -- last_seq moves with every batch of events: room for updates in place

		create table threads (
			team_id text not null,
			channel_id text not null,
			thread_ts text not null,
			session_id uuid not null references sessions (id),
			created_at timestamptz not null default now(),
			primary key (team_id, channel_id, thread_ts)
		);
		create index threads_session on threads (session_id);

		create table prompts (
			id uuid primary key,
			session_id uuid not null references sessions (id),
			-- order in the session, from 1
			number int not null,
			author_id uuid references people (id),
			text text not null,
			files jsonb not null default '[]',
			-- what was said around it: channel name, topic, earlier messages of the thread
			context jsonb not null default '{}',
			origin jsonb not null,
			idempotency_key text not null unique,
			status text not null,
			attempt int not null default 0,
			stop_requested_at timestamptz,
			stop_requested_by uuid references people (id),
			answer text,
			problem jsonb,
			cost_usd double precision not null default 0,
			created_at timestamptz not null default now(),
			started_at timestamptz,
			finished_at timestamptz,
			unique (session_id, number)
		);
		create index prompts_open on prompts (session_id, number) where status in ('queued', 'running');

		create table events (
			session_id uuid not null references sessions (id),
			seq bigint not null,
			type text not null,
			data jsonb not null,
			at timestamptz not null default now(),
			primary key (session_id, seq)
		);

		create table sandboxes (
			id uuid primary key,
			-- null: warm, not yet claimed
			session_id uuid references sessions (id),
			repository_id uuid references repositories (id),
			provider text not null,
			-- given to the provider; deterministic, so that creating again finds the same one
			name text not null unique,
			provider_id text,
			state text not null,
			-- SHA-256 of its gateway token, hex
			token_hash text not null unique,
			cloned_at timestamptz,
			-- what is checked out; another branch than the session's means: clone (again) first
			branch text,
			created_at timestamptz not null default now(),
			deleted_at timestamptz
		);
		create unique index sandboxes_of_session on sandboxes (session_id) where deleted_at is null;

		create table pull_requests (
			id uuid primary key,
			session_id uuid not null references sessions (id),
			prompt_id uuid references prompts (id),
			repository_id uuid not null references repositories (id),
			branch text not null,
			base text not null,
			title text not null,
			body text not null,
			-- 'intended' is written before GitHub is asked, so that a crash between the two is seen
			state text not null,
			number int,
			url text,
			additions int not null default 0,
			deletions int not null default 0,
			created_at timestamptz not null default now(),
			updated_at timestamptz not null default now(),
			unique (session_id, branch)
		);
		create index pull_requests_number on pull_requests (repository_id, number);

		create table slack_messages (
			session_id uuid not null references sessions (id),
			-- what it shows: 'status:<prompt>', 'answer:<prompt>:<n>', 'pull-request:<id>', 'ask', 'reaction:<prompt>'
			key text not null,
			delivery_id uuid not null,
			team_id text not null,
			channel_id text not null,
			ts text,
			-- hash of what was last shown, and the log position it was made from
			shown text,
			shown_seq bigint not null default 0,
			-- set while a call is under way: until then nobody else may make it
			claimed_until timestamptz,
			attempts int not null default 0,
			primary key (session_id, key)
		);

		create table model_calls (
			id uuid primary key,
			session_id uuid not null references sessions (id),
			prompt_id uuid references prompts (id),
			model text not null,
			input_tokens int not null,
			output_tokens int not null,
			cache_read_tokens int not null,
			cache_write_tokens int not null,
			cost_usd double precision not null,
			started_at timestamptz not null,
			first_token_ms double precision,
			duration_ms double precision not null
		);
		create index model_calls_session on model_calls (session_id);

		-- who is alive: each instance holds the advisory lock (4242, number) as long as it lives
		create table instances (
			id text primary key,
			number int generated always as identity unique,
			started_at timestamptz not null default now(),
			seen_at timestamptz not null default now()
		);
		-- which instance works on which job, so that a dead one's jobs can be given back at once
		create table job_runs (
			job_id uuid primary key,
			queue text not null,
			instance_number int not null
		);
		create index job_runs_instance on job_runs (instance_number);
	`.execute(db);
}
