import { type Kysely, sql } from "kysely";

/** Images of repositories, snapshots of sessions, warm sandboxes and the hints that warmed them. */
export async function up(db: Kysely<unknown>): Promise<void> {
	await sql`
		create table images (
			id uuid primary key,
			repository_id uuid not null references repositories (id),
			provider text not null,
			-- the provider's name of the snapshot
			snapshot text not null unique,
			commit_sha text not null,
			recipe jsonb not null,
			recipe_hash text not null,
			-- 'first_use', 'schedule', 'push', 'recipe', 'asked'
			reason text not null,
			-- 'building', 'ready', 'failed', 'deleted'; the newest ready one is in use
			state text not null,
			-- what is being done, or what failed
			step text,
			-- [{step, command, durationMs, exitCode}]
			steps jsonb not null default '[]',
			log text not null default '',
			problem jsonb,
			size_bytes bigint,
			started_at timestamptz not null default now(),
			finished_at timestamptz,
			deleted_at timestamptz
		);
		create unique index images_single_flight on images (repository_id, provider) where state = 'building';
		create index images_newest on images (repository_id, provider, started_at desc);

		-- How a repository is built: what people set, and how building went
		create table repository_builds (
			repository_id uuid primary key references repositories (id),
			-- text of a .bobbin.yml that people wrote here; it beats the repository's own
			recipe_text text,
			builds_on_push boolean not null default false,
			failures int not null default 0,
			next_try_at timestamptz,
			-- what the channel was told last, so that the same failure is told once
			told_problem text,
			-- when a session last began on it
			used_at timestamptz,
			-- when somebody last looked whether a build is due
			checked_at timestamptz
		);

		create table session_snapshots (
			id uuid primary key,
			session_id uuid not null references sessions (id),
			sandbox_id uuid not null references sandboxes (id),
			-- the prompt after whose turn it was taken
			prompt_id uuid references prompts (id),
			provider text not null,
			name text not null unique,
			-- 'taking' is written before the provider is asked; 'ready', 'failed', 'deleted'
			state text not null,
			-- the end of the session's log when it was begun: whatever is told up to here is in it
			seq bigint not null,
			-- 'turn', 'stop', 'delete'
			reason text not null,
			-- where the work was pushed because no snapshot could be taken
			wip_branch text,
			problem jsonb,
			size_bytes bigint,
			created_at timestamptz not null default now(),
			deleted_at timestamptz
		);
		create index session_snapshots_newest on session_snapshots (session_id, created_at desc);
		create unique index session_snapshots_single_flight on session_snapshots (session_id) where state = 'taking';

		alter table sandboxes
			add column image_id uuid references images (id),
			-- the agent inside does not know of turns that ended after this place of the session's log; null: it knows all
			add column missed_after_seq bigint,
			-- what the checkout was fetched to
			add column synced_sha text,
			-- it became ready to be claimed
			add column warmed_at timestamptz,
			-- a session took it from the pool
			add column claimed_at timestamptz,
			-- last found to be well
			add column checked_at timestamptz;
		create index sessions_recent on sessions (created_at desc);
		create index sandboxes_pool on sandboxes (repository_id, provider, created_at)
			where session_id is null and deleted_at is null;
		create index sandboxes_warmed on sandboxes (repository_id, provider, created_at desc)
			where warmed_at is not null;

		create table warm_hints (
			id uuid primary key,
			person_id uuid references people (id),
			repository_id uuid not null references repositories (id),
			-- 'mention', 'typing', 'composer', 'home', 'link', 'api'
			source text not null,
			-- 'made', 'present', 'refused', 'failed'
			outcome text not null,
			sandbox_id uuid references sandboxes (id),
			-- the session that came of it
			session_id uuid references sessions (id),
			at timestamptz not null default now(),
			hit_at timestamptz
		);
		create index warm_hints_recent on warm_hints (person_id, at desc);
		create index warm_hints_open on warm_hints (repository_id, at desc) where session_id is null;

		-- the split of a turn's start by phase: {"totalMs": 0, "steps": [{step, startMs, durationMs}], "sandbox": "warm"}
		alter table prompts add column startup jsonb;
	`.execute(db);
}
