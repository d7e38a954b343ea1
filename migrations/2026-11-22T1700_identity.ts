import { type Kysely, sql } from "kysely";

/** Who may do what, in whose name it is done, and what became of it at GitHub. */
export async function up(db: Kysely<unknown>): Promise<void> {
	await sql`
		alter table people
			-- 'member', 'admin'
			add column role text not null default 'member',
			-- whether their pull requests begin as drafts; null: as the repository says
			add column draft boolean;
		create unique index identities_one_github on identities (person_id) where provider = 'github';

		-- What GitHub gave to a person who signed in. Tokens are sealed; revoked ones stay as a row that says so
		create table github_tokens (
			person_id uuid primary key references people (id),
			access_token text not null,
			-- null: it does not expire
			access_expires_at timestamptz,
			refresh_token text,
			refresh_expires_at timestamptz,
			-- 'live', 'revoked'
			state text not null default 'live',
			updated_at timestamptz not null default now()
		);

		-- A sign-in that a person began. Good once, for one person
		create table github_links (
			id uuid primary key,
			person_id uuid not null references people (id),
			-- SHA-256, hex, of the state that goes through GitHub
			state_hash text not null unique,
			-- sealed
			code_verifier text not null,
			created_at timestamptz not null default now(),
			expires_at timestamptz not null,
			used_at timestamptz
		);

		-- What a workspace allows. No row: the defaults
		create table workspaces (
			team_id text primary key,
			allow_guests boolean not null default false,
			allow_externals boolean not null default false,
			allow_bots boolean not null default false,
			-- what happens to the prompts of people without a GitHub account: 'hold' until they link one, 'app' works in the App's name
			unlinked text not null default 'hold',
			updated_at timestamptz not null default now()
		);

		-- What GitHub said that a person may do in a repository, for a few minutes
		create table repository_access (
			person_id uuid not null references people (id),
			repository_id uuid not null references repositories (id),
			-- 'none', 'read', 'write', 'admin'
			permission text not null,
			checked_at timestamptz not null,
			primary key (person_id, repository_id)
		);
		create index repository_access_of_repository on repository_access (repository_id);

		-- How Bobbin behaves in a repository. No row: the defaults
		create table repository_rules (
			repository_id uuid primary key references repositories (id),
			draft boolean not null default false,
			-- the App may open pull requests of people without a GitHub account
			app_opens boolean not null default false,
			-- how often in a row failing checks are mended before people are asked
			ci_fixes int not null default 2,
			-- reviews and comments become prompts
			review_loop boolean not null default true,
			updated_at timestamptz not null default now()
		);

		-- 'link': its author must connect a GitHub account first; null: it may run
		alter table prompts add column held text;
		-- a branch of somebody else's that the session may push to, beside its own
		alter table sessions add column adopted_branch text;

		alter table pull_requests
			-- in whose name it was opened; null with 'app'
			add column opened_by uuid references people (id),
			-- 'person', 'app'
			add column opened_as text,
			-- an intent that goes on when this person has linked an account
			add column waits_for uuid references people (id),
			add column draft boolean not null default false,
			add column head_sha text,
			add column opened_at timestamptz,
			add column merged_at timestamptz,
			add column closed_at timestamptz,
			-- GitHub login
			add column merged_by text,
			-- pushes to it after it was opened
			add column revisions int not null default 0,
			-- lines that its commits added: all, those of the agent, and those of the agent that were there at the merge
			add column added_lines int,
			add column agent_lines int,
			add column surviving_lines int;
		create index pull_requests_waiting on pull_requests (waits_for) where waits_for is not null;

		create table pull_request_reviews (
			pull_request_id uuid not null references pull_requests (id) on delete cascade,
			github_id bigint not null,
			login text not null,
			person_id uuid references people (id),
			-- 'approved', 'changes_requested', 'commented', 'dismissed'
			state text not null,
			commit_sha text,
			submitted_at timestamptz not null,
			primary key (pull_request_id, github_id)
		);

		-- What left a sandbox through the gateway: which commits are Bobbin's, and who asked for them
		create table pushes (
			id uuid primary key,
			session_id uuid not null references sessions (id),
			prompt_id uuid references prompts (id),
			repository_id uuid not null references repositories (id),
			branch text not null,
			before_sha text,
			sha text not null,
			at timestamptz not null default now()
		);
		create index pushes_by_head on pushes (repository_id, sha);
		create index pushes_of_session on pushes (session_id, branch, at);

		-- A comment or review at GitHub that became a prompt, and its answer there
		create table github_comments (
			id uuid primary key,
			repository_id uuid not null references repositories (id),
			-- of the pull request or issue
			number int not null,
			-- 'issue_comment', 'review', 'review_comment'
			kind text not null,
			github_id bigint not null,
			session_id uuid not null references sessions (id),
			prompt_id uuid not null references prompts (id),
			-- 'owed', 'posted', 'given_up'
			answer text not null default 'owed',
			answer_id bigint,
			created_at timestamptz not null default now(),
			unique (repository_id, kind, github_id)
		);
		create index github_comments_of_prompt on github_comments (prompt_id);

		-- What was made of a failing check of a commit of ours
		create table check_findings (
			pull_request_id uuid not null references pull_requests (id) on delete cascade,
			head_sha text not null,
			name text not null,
			-- 'caused', 'before', 'flaky', 'unknown'
			verdict text not null,
			reason text not null,
			-- the prompt that mends it
			prompt_id uuid references prompts (id),
			at timestamptz not null default now(),
			primary key (pull_request_id, head_sha, name)
		);

		-- Every pull request that was merged in a repository, whoever made it: what a share is a share of
		create table merges (
			repository_id uuid not null references repositories (id),
			number int not null,
			merged_at timestamptz not null,
			added_lines int not null,
			agent_lines int not null default 0,
			primary key (repository_id, number)
		);

		create table audit_log (
			id bigint generated always as identity primary key,
			at timestamptz not null default now(),
			-- null: nobody of ours, or Bobbin itself
			person_id uuid references people (id),
			-- who it was in words where it is no person of ours: 'bobbin', 'github:<login>'
			actor text not null,
			-- for example 'pull_request.opened'
			action text not null,
			session_id uuid references sessions (id),
			repository_id uuid references repositories (id),
			-- for example 'acme/shop#7'
			subject text,
			data jsonb not null default '{}'
		);
		create index audit_log_by_time on audit_log (at);
		create index audit_log_of_session on audit_log (session_id, id);
	`.execute(db);
}
