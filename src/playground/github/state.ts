import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync, type SQLInputValue } from "node:sqlite";

const SCHEMA = `
	create table if not exists settings (name text primary key, value text not null) strict;
	create table if not exists people (
		id integer primary key, login text not null unique, name text not null, email text not null, token text not null unique
	) strict;
	create table if not exists installations (id integer primary key, owner text not null unique) strict;
	create table if not exists repositories (
		id integer primary key, installation_id integer not null references installations (id),
		owner text not null collate nocase, name text not null collate nocase,
		description text not null, topics text not null, languages text not null,
		default_branch text not null, private integer not null, archived integer not null default 0,
		folder text, created_at text not null, unique (owner, name)
	) strict;
	-- names that repositories had: they lead on to the new one until another repository takes them
	create table if not exists former_names (
		owner text not null collate nocase, name text not null collate nocase, repository_id integer not null,
		primary key (owner, name)
	) strict;
	-- whose owners take a break from the App
	create table if not exists suspended_installations (
		installation_id integer primary key, at text not null
	) strict;
	-- which the App's installation was denied
	create table if not exists withheld_repositories (repository_id integer primary key) strict;
	-- what REST calls a repository's size; one that was set by hand stays
	create table if not exists repository_sizes (
		repository_id integer primary key, kib integer not null, is_set integer not null default 0
	) strict;
	create table if not exists collaborators (
		repository_id integer not null, login text not null, role text not null, primary key (repository_id, login)
	) strict;
	-- which pushes are refused and what a merge needs
	create table if not exists branch_rules (
		repository_id integer not null, branch text not null,
		required_checks text not null default '[]', required_approvals integer not null default 0,
		primary key (repository_id, branch)
	) strict;
	-- branches whose rule dismisses approvals when commits are added
	create table if not exists stale_approval_rules (
		repository_id integer not null, branch text not null, primary key (repository_id, branch)
	) strict;
	-- the refs of which webhooks were sent: what differs from the real ones is a push that still must be told
	create table if not exists told_refs (
		repository_id integer not null, ref text not null, sha text not null, primary key (repository_id, ref)
	) strict;
	create table if not exists tokens (
		token text primary key, kind text not null, installation_id integer, login text,
		repository_ids text, permissions text, expires_at_ms integer not null
	) strict;
	-- which refresh token came with which token of a person
	create table if not exists token_pairs (token text primary key, refresh_token text not null) strict;
	create table if not exists oauth_codes (
		code text primary key, login text not null, redirect_uri text not null, code_challenge text, expires_at_ms integer not null
	) strict;
	create table if not exists pulls (
		id integer primary key autoincrement, repository_id integer not null, number integer not null,
		title text not null, body text not null, state text not null, draft integer not null,
		head_ref text not null, head_sha text not null, base_ref text not null, base_sha text not null,
		author text not null, reviewers text not null default '[]',
		created_at text not null, updated_at text not null, closed_at text, merged_at text, merged_by text, merge_sha text,
		unique (repository_id, number)
	) strict;
	create unique index if not exists pulls_open on pulls (repository_id, head_ref, base_ref) where state = 'open';
	create table if not exists comments (
		id integer primary key autoincrement, repository_id integer not null, number integer not null,
		author text not null, body text not null, created_at text not null, updated_at text not null
	) strict;
	-- issues and pull requests share their numbers
	create table if not exists issues (
		repository_id integer not null, number integer not null, title text not null, body text not null, state text not null,
		author text not null, created_at text not null, primary key (repository_id, number)
	) strict;
	create table if not exists review_comments (
		id integer primary key autoincrement, repository_id integer not null, number integer not null, review_id integer not null,
		author text not null, body text not null, path text not null, line integer not null, diff_hunk text not null,
		sha text not null, in_reply_to integer, created_at text not null, updated_at text not null
	) strict;
	create table if not exists reactions (
		id integer primary key autoincrement, kind text not null, comment_id integer not null, login text not null,
		content text not null, created_at text not null, unique (kind, comment_id, login, content)
	) strict;
	create table if not exists reviews (
		id integer primary key autoincrement, repository_id integer not null, number integer not null,
		author text not null, state text not null, body text not null, sha text not null, submitted_at text not null
	) strict;
	create table if not exists check_runs (
		id integer primary key autoincrement, repository_id integer not null, sha text not null, name text not null,
		status text not null, conclusion text, title text, summary text, text text, details_url text, external_id text,
		started_at text not null, completed_at text
	) strict;
	-- check runs that are jobs of GitHub Actions
	create table if not exists workflow_runs (
		id integer primary key autoincrement, repository_id integer not null, sha text not null
	) strict;
	create table if not exists workflow_jobs (
		check_run_id integer primary key, run_id integer not null, attempt integer not null, log text not null, on_rerun text
	) strict;
	create table if not exists check_annotations (
		id integer primary key autoincrement, check_run_id integer not null, path text not null, line integer not null,
		message text not null
	) strict;
	create table if not exists statuses (
		id integer primary key autoincrement, repository_id integer not null, sha text not null, context text not null,
		state text not null, description text, target_url text, creator text not null, created_at text not null
	) strict;
	create table if not exists deliveries (
		id text primary key, position integer not null, event text not null, payload text not null,
		attempts integer not null default 0, next_at_ms integer not null, delivered_at_ms integer, last_status text
	) strict;
`;

export interface State {
	all<Row>(sql: string, ...values: SQLInputValue[]): Row[];
	get<Row>(sql: string, ...values: SQLInputValue[]): Row | undefined;
	run(sql: string, ...values: SQLInputValue[]): { lastId: number; changes: number };
	/** All or nothing, also when the process is killed. Not nestable, and nothing in it may wait. */
	transaction<T>(act: () => T): T;
	close(): void;
}

/** Opens what playground GitHub knows. Every write is on disk before the call returns, so a killed process loses nothing. */
export function openState(dataDir: string): State {
	const folder = join(dataDir, "playground");
	mkdirSync(folder, { recursive: true });
	const db = new DatabaseSync(join(folder, "github.sqlite"));
	db.exec("pragma journal_mode = wal; pragma synchronous = normal; pragma busy_timeout = 5000");
	db.exec(SCHEMA);
	return {
		all: <Row>(sql: string, ...values: SQLInputValue[]) => db.prepare(sql).all(...values) as Row[],
		get: <Row>(sql: string, ...values: SQLInputValue[]) => db.prepare(sql).get(...values) as Row | undefined,
		run(sql, ...values) {
			const result = db.prepare(sql).run(...values);
			return { lastId: Number(result.lastInsertRowid), changes: Number(result.changes) };
		},
		transaction(act) {
			db.exec("begin immediate");
			try {
				const result = act();
				db.exec("commit");
				return result;
			} catch (error) {
				db.exec("rollback");
				throw error;
			}
		},
		close: () => db.close(),
	};
}
