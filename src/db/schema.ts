import type { ColumnType, Generated, JSONColumnType } from "kysely";
import type { Problem } from "../contract/event.ts";
import type {
	PromptFile,
	PromptOrigin,
	PromptStatus,
	RoutingHow,
	SessionStatus,
} from "../contract/session.ts";
import type { Notify, ReplyMode, Verbosity } from "../contract/settings.ts";

type CreatedAt = ColumnType<Date, Date | undefined, never>;
type Timestamp = ColumnType<Date, Date | string | undefined, Date | string>;
type NullableTimestamp = ColumnType<Date | null, Date | string | null | undefined, Date | string | null>;
/** jsonb: read as a value, written as its JSON text. */
type Json<T> = ColumnType<T, string, string>;
type NullableJson<T> = ColumnType<T | null, string | null | undefined, string | null>;

/** What somebody may have chosen. */
type Choice<T> = ColumnType<T | null, T | null | undefined>;

/** A session that is on its way to another repository. */
export interface SessionMove {
	repositoryId: string;
	/** null: whoever sits at this machine. */
	personId: string | null;
	/** What is begun anew there; null: nothing had begun. */
	promptId: string | null;
}

/** How and why a session got its repository. */
export interface Routing {
	how: RoutingHow;
	reason: string;
	confidence: number | null;
}

/** What whoever began a session chose for it beforehand. Left out: Bobbin finds out. */
export interface SessionWish {
	/** `id` null: none is needed. */
	repository?: { id: string | null; how: "named" | "picked"; reason: string };
	/** The branch to begin at, of the repository that it becomes. */
	baseBranch?: string;
}

/** Something that was said around a prompt: others' words, to be read as data. */
export interface SaidMessage {
	author: string;
	text: string;
	/** Left out: a member of the workspace. */
	by?: "app" | "outside";
	/** Where, if elsewhere, for example `#alerts`. */
	place?: string;
	/** Somebody took it out again; its text is gone. */
	dropped?: true;
}

/** Secrets that were masked in one part of a prompt: `text`, `context` or `file:<id>`. */
export interface MaskedPart {
	part: string;
	kinds: string[];
}

/** What was said around a prompt when it was written. */
export interface PromptContext {
	channelName?: string;
	channelTopic?: string;
	/** Earlier messages of the thread, oldest first; of a session's thread those since the prompt before. */
	thread?: SaidMessage[];
	/** How many more the thread has, between its first and its last ones. */
	threadLeftOut?: number;
	/** Messages that the prompt forwards or links to. */
	quoted?: SaidMessage[];
	/** Failing checks that it is to mend, with the end of each log. All of it is others' words. */
	checks?: { name: string; reason: string; log: string }[];
	/** Set where it was asked at GitHub. */
	comment?: CommentContext;
}

/** Where at GitHub something was asked. Titles, texts, paths and hunks are others' words. */
export interface CommentContext {
	subject: {
		kind: "issue" | "pull_request";
		number: number;
		title: string;
		body: string;
		/** Of a pull request that is open. */
		head: { branch: string; sha: string } | null;
	};
	/** Somebody's branch that may be pushed to; null: only its own. */
	pushesTo: string | null;
	/** Of each comment at a line. */
	places: { path: string; line: number | null; hunk: string }[];
	/** The comment that began the thread at a line in which the answer goes; null: it goes into the conversation. */
	threadId: number | null;
}

/** How long a turn took to begin, by phase. Times are counted from the prompt's being queued. */
export interface Startup {
	totalMs: number;
	/** Where the sandbox came from. */
	sandbox: "running" | "stopped" | "warm" | "restored" | "image" | "empty";
	steps: { step: string; startMs: number; durationMs: number }[];
}

/** One step of building an image. */
export interface ImageStep {
	step: string;
	command: string | null;
	durationMs: number;
	exitCode: number | null;
	warning?: string | undefined;
}

interface InboxTable {
	id: Generated<number>;
	source: "slack" | "github" | "api";
	key: string;
	twin_key: string | null;
	body: Json<unknown>;
	received_at: CreatedAt;
	processed_at: NullableTimestamp;
	attempts: Generated<number>;
	claimed_until: NullableTimestamp;
	last_error: string | null;
}

interface PeopleTable {
	id: string;
	name: string;
	email: string | null;
	role: Generated<"member" | "admin">;
	/** Whether their pull requests begin as drafts; null: as the repository says. */
	draft: ColumnType<boolean | null, boolean | null | undefined>;
	/** Wishes; null: what the place says. */
	model: Choice<string>;
	verbosity: Choice<Verbosity>;
	notify: Generated<Notify>;
	created_at: CreatedAt;
}

interface GithubTokensTable {
	person_id: string;
	/** Sealed, as is `refresh_token`. */
	access_token: string;
	/** null: it does not expire. */
	access_expires_at: NullableTimestamp;
	refresh_token: string | null;
	refresh_expires_at: NullableTimestamp;
	state: Generated<"live" | "revoked">;
	updated_at: Timestamp;
}

interface GithubLinksTable {
	id: string;
	person_id: string;
	state_hash: string;
	/** Sealed. */
	code_verifier: string;
	/** Sealed: what GitHub gave, until the person said that the account is theirs. */
	unconfirmed: ColumnType<string | null, string | null | undefined>;
	created_at: CreatedAt;
	expires_at: Timestamp;
	used_at: NullableTimestamp;
}

interface WorkspacesTable {
	team_id: string;
	allow_guests: Generated<boolean>;
	allow_externals: Generated<boolean>;
	allow_bots: Generated<boolean>;
	/** Channels that other organisations share too. */
	allow_shared_channels: Generated<boolean>;
	/** What happens to prompts of people without a GitHub account. */
	unlinked: Generated<"hold" | "app">;
	updated_at: Timestamp;
}

export type Permission = "none" | "read" | "write" | "admin";

interface RepositoryAccessTable {
	/** Of this row: another is made after what GitHub said was forgotten. */
	id: Generated<number>;
	person_id: string;
	repository_id: string;
	permission: Permission;
	checked_at: Timestamp;
}

interface RepositoryRulesTable {
	repository_id: string;
	draft: Generated<boolean>;
	/** The App may open pull requests of people without a GitHub account. */
	app_opens: Generated<boolean>;
	/** How often in a row failing checks are mended before people are asked. */
	ci_fixes: Generated<number>;
	/** Reviews and comments become prompts. */
	review_loop: Generated<boolean>;
	updated_at: Timestamp;
}

interface IdentitiesTable {
	provider: "slack" | "github";
	tenant: string;
	external_id: string;
	person_id: string;
	name: string;
	email: string | null;
	kind: Generated<"member" | "guest" | "external" | "bot">;
	checked_at: Timestamp;
}

interface RepositoriesTable {
	id: string;
	owner: string;
	name: string;
	github_id: number | null;
	installation_id: number | null;
	default_branch: string;
	description: Generated<string>;
	hints: Generated<string>;
	aliases: Generated<string[]>;
	languages: Generated<string[]>;
	topics: Generated<string[]>;
	private: Generated<boolean>;
	archived: Generated<boolean>;
	size_kib: number | null;
	former_names: Generated<string[]>;
	removed_at: NullableTimestamp;
	updated_at: Timestamp;
}

interface ChannelsTable {
	team_id: string;
	channel_id: string;
	default_repository_id: Choice<string>;
	verbosity: Choice<Verbosity>;
	replies: Choice<ReplyMode>;
	model: Choice<string>;
	/** When it was told what Bobbin does there. */
	introduced_at: NullableTimestamp;
	/** When it was offered that only mentions count there. */
	offered_replies_at: NullableTimestamp;
	/** When it was told that channels shared with others are refused. */
	told_shared_at: NullableTimestamp;
	updated_at: Timestamp;
}

interface SessionsTable {
	id: string;
	status: SessionStatus;
	title: string;
	repository_id: string | null;
	routing: NullableJson<Routing>;
	base_branch: string | null;
	branch: string | null;
	epoch: Generated<number>;
	owner_instance: string | null;
	conversation_id: string | null;
	/** A branch of somebody else's that the session may push to, beside its own. */
	adopted_branch: ColumnType<string | null, string | null | undefined>;
	checkout_notes: Generated<string[]>;
	move: NullableJson<SessionMove>;
	/** Which one its turns are given to; null: what its place says. */
	model: Choice<string>;
	wish: ColumnType<SessionWish | null, string | null | undefined>;
	last_seq: Generated<number>;
	created_at: CreatedAt;
	updated_at: Timestamp;
}

interface ThreadsTable {
	team_id: string;
	channel_id: string;
	thread_ts: string;
	session_id: string;
	verbosity: Choice<Verbosity>;
	replies: Choice<ReplyMode>;
	created_at: CreatedAt;
}

export type Held = "link" | "budget" | "gone";

export type BudgetScope = "prompt" | "session" | "person" | "channel" | "workspace";

/** What work of a kind usually costs: half of it no more than the median, nine of ten no more than p90. */
export interface CostEstimate {
	medianUsd: number;
	p90Usd: number;
}

interface BudgetCapsTable {
	scope: BudgetScope;
	subject: string;
	/** null: no cap. */
	cap_usd: number | null;
	set_by: string | null;
	at: Timestamp;
}

interface BudgetMonthsTable {
	scope: BudgetScope;
	subject: string;
	/** UTC, such as 2026-11. */
	month: string;
	spent_usd: number;
}

/** A model call that was refused because a cap was reached, and what people said to it. */
interface BudgetStopsTable {
	id: string;
	session_id: string;
	prompt_id: string;
	attempt: number;
	scope: BudgetScope;
	subject: string;
	/** Empty for prompts and sessions. */
	month: string;
	spent_usd: number;
	cap_usd: number;
	offer_usd: number;
	at: Timestamp;
	/** Since when the prompt is paused; null: its turn has not noticed yet. */
	asked_at: NullableTimestamp;
	decided_at: NullableTimestamp;
	decided_by: ColumnType<string | null, string | null | undefined>;
	/** What was added to the cap; null: nobody let it go on. */
	raised_usd: ColumnType<number | null, number | null | undefined>;
}

interface PromptsTable {
	/** What its turn changed as a small diff; null: much, or nothing. */
	snippet: ColumnType<string | null, string | null | undefined>;
	id: string;
	session_id: string;
	number: number;
	author_id: string | null;
	text: string;
	files: JSONColumnType<PromptFile[], string | undefined>;
	context: JSONColumnType<PromptContext, string | undefined>;
	/** What was said around it is still to be read in Slack. */
	context_pending: Generated<boolean>;
	masked: JSONColumnType<MaskedPart[], string | undefined>;
	origin: JSONColumnType<PromptOrigin>;
	idempotency_key: string;
	status: PromptStatus;
	/** Why it may not run yet: its author must connect a GitHub account, or people decide whether it may cost more. */
	held: ColumnType<Held | null, Held | null | undefined>;
	/** What kind of work it is; null: none that is known. */
	kind: ColumnType<string | null, string | null | undefined>;
	/** What such work usually cost when its turn began; null: not known. */
	estimate: NullableJson<CostEstimate>;
	attempt: Generated<number>;
	stop_requested_at: NullableTimestamp;
	stop_requested_by: string | null;
	answer: string | null;
	problem: NullableJson<Problem>;
	cost_usd: Generated<number>;
	/** What its turn worked on. */
	repository_id: ColumnType<string | null, string | null | undefined>;
	startup: NullableJson<Startup>;
	/** Its message was taken for talk, or deleted. */
	withdrawn: ColumnType<"talk" | "deleted" | null, "talk" | "deleted" | null | undefined>;
	/** What its message says since it was edited at work. */
	edited_text: ColumnType<string | null, string | null | undefined>;
	created_at: CreatedAt;
	started_at: NullableTimestamp;
	finished_at: NullableTimestamp;
}

/** What is said in the threads of sessions. */
interface ThreadMessagesTable {
	id: Generated<number>;
	team_id: string;
	channel_id: string;
	thread_ts: string;
	ts: string;
	/** At Slack. */
	user_id: string;
	/** As Slack has it, with markup. */
	text: string;
	files: JSONColumnType<PromptFile[], string | undefined>;
	taken_as: "prompt" | "talk";
	taken_by: "mode" | "judge" | "person";
	/** When a person took a prompt for talk. */
	undone_at: NullableTimestamp;
	created_at: CreatedAt;
}

interface RoutingCorrectionsTable {
	id: string;
	/** null: the session has no thread in Slack. */
	team_id: string | null;
	channel_id: string | null;
	person_id: string | null;
	session_id: string;
	/** What was begun anew because of it. */
	prompt_id: string | null;
	from_repository_id: string | null;
	to_repository_id: string;
	/** The rung that had chosen wrongly. */
	how: RoutingHow;
	words: string;
	/** What was not pushed there could be kept. */
	is_kept: Generated<boolean>;
	at: Timestamp;
	/** Since when nothing is learned of it any more. */
	removed_at: NullableTimestamp;
}

interface EventsTable {
	session_id: string;
	seq: number;
	type: string;
	data: Json<unknown>;
	at: Timestamp;
}

export interface SandboxesTable {
	id: string;
	session_id: string | null;
	repository_id: string | null;
	provider: string;
	name: string;
	provider_id: string | null;
	/** `warming`: it is being made for the pool; a session may have claimed it already. */
	state: "creating" | "warming" | "ready" | "warm" | "building" | "lost" | "deleted";
	token_hash: string;
	cloned_at: NullableTimestamp;
	branch: string | null;
	image_id: string | null;
	missed_after_seq: number | null;
	synced_sha: string | null;
	warmed_at: NullableTimestamp;
	claimed_at: NullableTimestamp;
	checked_at: NullableTimestamp;
	created_at: CreatedAt;
	deleted_at: NullableTimestamp;
}

interface ImagesTable {
	id: string;
	repository_id: string;
	provider: string;
	snapshot: string;
	commit_sha: string;
	recipe: Json<unknown>;
	recipe_hash: string;
	reason: "first_use" | "schedule" | "push" | "recipe" | "asked";
	state: "building" | "ready" | "failed" | "deleted";
	step: string | null;
	steps: JSONColumnType<ImageStep[], string | undefined>;
	log: Generated<string>;
	problem: NullableJson<Problem>;
	size_bytes: number | null;
	started_at: CreatedAt;
	finished_at: NullableTimestamp;
	deleted_at: NullableTimestamp;
}

interface RepositoryBuildsTable {
	repository_id: string;
	recipe_text: string | null;
	/** Of the recipe in use, as `toCatalogueWords` makes them. */
	description: Generated<string>;
	hints: Generated<string>;
	builds_on_push: Generated<boolean>;
	failures: Generated<number>;
	next_try_at: NullableTimestamp;
	told_problem: string | null;
	used_at: NullableTimestamp;
	checked_at: NullableTimestamp;
}

interface SessionSnapshotsTable {
	id: string;
	session_id: string;
	sandbox_id: string;
	prompt_id: string | null;
	provider: string;
	name: string;
	state: "taking" | "ready" | "failed" | "deleted";
	seq: number;
	reason: "turn" | "stop" | "delete" | "move";
	wip_branch: string | null;
	problem: NullableJson<Problem>;
	size_bytes: number | null;
	created_at: CreatedAt;
	deleted_at: NullableTimestamp;
}

interface WarmHintsTable {
	id: string;
	person_id: string | null;
	repository_id: string;
	source: "mention" | "typing" | "composer" | "home" | "link" | "api";
	outcome: "made" | "present" | "refused" | "failed";
	sandbox_id: string | null;
	session_id: string | null;
	at: CreatedAt;
	hit_at: NullableTimestamp;
}

interface PullRequestsTable {
	id: string;
	session_id: string;
	prompt_id: string | null;
	repository_id: string;
	branch: string;
	base: string;
	title: string;
	body: string;
	state: "intended" | "open" | "merged" | "closed";
	number: number | null;
	url: string | null;
	additions: Generated<number>;
	deletions: Generated<number>;
	/** In whose name it was opened; null with `app`. */
	opened_by: ColumnType<string | null, string | null | undefined>;
	opened_as: ColumnType<"person" | "app" | null, "person" | "app" | null | undefined>;
	/** An intent that goes on when this person has linked an account. */
	waits_for: ColumnType<string | null, string | null | undefined>;
	/** Why GitHub refused an intent when no agent could be told any more. */
	problem: NullableJson<Problem>;
	draft: Generated<boolean>;
	head_sha: ColumnType<string | null, string | null | undefined>;
	opened_at: NullableTimestamp;
	merged_at: NullableTimestamp;
	closed_at: NullableTimestamp;
	/** GitHub login. */
	merged_by: ColumnType<string | null, string | null | undefined>;
	/** Pushes to it after it was opened. */
	revisions: Generated<number>;
	/** Of the head; null: none is known. */
	checks: ColumnType<ChecksState | null, ChecksState | null | undefined>;
	failing_checks: Generated<string[]>;
	/** Lines that its commits added: all, those of the agent, and those of the agent that were there at the merge. */
	added_lines: ColumnType<number | null, number | null | undefined>;
	agent_lines: ColumnType<number | null, number | null | undefined>;
	surviving_lines: ColumnType<number | null, number | null | undefined>;
	created_at: CreatedAt;
	updated_at: Timestamp;
}

/** What the checks of a commit come to, Bobbin's own left out. */
export type ChecksState = "pending" | "passing" | "failing";

/** Every head that a pull request ever had. */
interface PullRequestHeadsTable {
	pull_request_id: string;
	sha: string;
	seen_at: CreatedAt;
}

interface PullRequestReviewsTable {
	pull_request_id: string;
	github_id: number;
	login: string;
	person_id: string | null;
	state: "approved" | "changes_requested" | "commented" | "dismissed";
	commit_sha: string | null;
	submitted_at: Timestamp;
}

/** What left a sandbox through the gateway. */
interface PushesTable {
	id: string;
	session_id: string;
	prompt_id: string | null;
	repository_id: string;
	branch: string;
	before_sha: string | null;
	sha: string;
	at: CreatedAt;
}

/** A comment or review at GitHub that became a prompt, and its answer there. */
interface GithubCommentsTable {
	id: string;
	repository_id: string;
	/** Of the pull request or issue. */
	number: number;
	kind: "issue_comment" | "review" | "review_comment";
	github_id: number;
	session_id: string;
	prompt_id: string;
	answer: Generated<"owed" | "posted" | "given_up">;
	answer_id: ColumnType<number | null, number | null | undefined>;
	created_at: CreatedAt;
}

/** One request that several sessions work on side by side. */
interface AttemptGroupsTable {
	id: string;
	/** Of the thread in which it was asked for. */
	first_session_id: string;
	count: number;
	/** One for each attempt; empty: all with the usual one. */
	models: Generated<string[]>;
	picked_number: ColumnType<number | null, number | null | undefined>;
	picked_by: ColumnType<string | null, string | null | undefined>;
	picked_at: NullableTimestamp;
	created_at: CreatedAt;
}

interface AttemptsTable {
	group_id: string;
	number: number;
	session_id: string;
}

interface CheckFindingsTable {
	pull_request_id: string;
	head_sha: string;
	name: string;
	verdict: "caused" | "before" | "flaky" | "unknown";
	reason: string;
	/** The prompt that mends it. */
	prompt_id: string | null;
	at: CreatedAt;
}

/** A failed check that GitHub was asked to run again. */
interface CheckRerunsTable {
	pull_request_id: string;
	head_sha: string;
	name: string;
	state: "intended" | "asked" | "impossible";
	at: Timestamp;
}

/** Every pull request that was merged in a repository, whoever made it. */
interface MergesTable {
	repository_id: string;
	number: number;
	merged_at: Timestamp;
	added_lines: number;
	agent_lines: Generated<number>;
}

interface AuditLogTable {
	id: Generated<number>;
	at: CreatedAt;
	/** null: nobody of ours, or Bobbin itself. */
	person_id: string | null;
	/** In words where it is no person of ours: `bobbin`, `github:<login>`. */
	actor: string;
	/** For example `pull_request.opened`. */
	action: string;
	session_id: string | null;
	repository_id: string | null;
	/** For example `acme/shop#7`. */
	subject: string | null;
	data: JSONColumnType<Record<string, unknown>, string | undefined>;
}

interface SlackMessagesTable {
	session_id: string;
	key: string;
	delivery_id: string;
	team_id: string;
	channel_id: string;
	ts: string | null;
	shown: string | null;
	shown_seq: Generated<number>;
	claimed_until: NullableTimestamp;
	attempts: Generated<number>;
}

/** Messages of ours with which sessions begin, or prompts that nobody wrote in their thread. */
interface SlackStartsTable {
	key: string;
	ts: string | null;
	claimed_until: NullableTimestamp;
	created_at: CreatedAt;
}

/** What Slack shows of a session by its own means, as far as it took it from us. */
interface SlackAgentSessionsTable {
	session_id: string;
	status: "processing" | "active" | "suspended" | "closed";
	title: string;
	set_at: Timestamp;
}

/** What a person's App Home shows. */
interface SlackHomesTable {
	team_id: string;
	user_id: string;
	/** null: they may not use Bobbin. */
	person_id: string | null;
	state: Json<unknown>;
	/** Slack's, of what was published last. */
	view_hash: string | null;
	/** Ours, of the same. */
	shown: string | null;
	opened_at: Timestamp;
}

/** Where the Slack app is installed. */
interface SlackInstallationsTable {
	id: string;
	/** null: in the whole organisation. */
	team_id: string | null;
	enterprise_id: string | null;
	name: string;
	/** Its own address at Slack, with a slash at the end. */
	url: string;
	/** `setting`: SLACK_BOT_TOKEN, which is not kept here. */
	source: "oauth" | "setting";
	/** Sealed. */
	bot_token: Generated<string>;
	bot_user_id: string;
	bot_id: string;
	scopes: Generated<string[]>;
	/** At Slack. */
	installed_by: string | null;
	/** Raised by each new token. */
	generation: Generated<number>;
	installed_at: Timestamp;
	ended_at: NullableTimestamp;
	/** `refused`: its token is not taken any more, which may pass. */
	ended_why: ColumnType<
		"uninstalled" | "refused" | null,
		"uninstalled" | "refused" | null | undefined,
		"uninstalled" | "refused" | null
	>;
}

/** Workspaces of an organisation that an installation in all of it may be used in. */
interface SlackOrganisationTeamsTable {
	team_id: string;
	enterprise_id: string;
	name: string;
}

/** Installs that came back from Slack: each may once. */
interface SlackInstallStatesTable {
	nonce: string;
	expires_at: Timestamp;
}

interface ModelCallsTable {
	id: string;
	session_id: string;
	prompt_id: string | null;
	model: string;
	input_tokens: number;
	output_tokens: number;
	cache_read_tokens: number;
	cache_write_tokens: number;
	cost_usd: number;
	started_at: Timestamp;
	first_token_ms: number | null;
	duration_ms: number;
}

interface QuestionsTable {
	id: string;
	session_id: string;
	prompt_id: string;
	/** The agent's own name for it. */
	agent_id: string;
	text: string;
	options: Json<{ label: string; description: string }[]>;
	multiple: boolean;
	asked_at: Timestamp;
	/** Labels, or a person's own words; null: nobody has answered. */
	chosen: NullableJson<string[]>;
	answered_by: string | null;
	/** The same answer twice is one. */
	answer_key: string | null;
	answered_at: NullableTimestamp;
	/** When the agent got the answer. */
	delivered_at: NullableTimestamp;
	/** When no answer was wanted any more. */
	closed_at: NullableTimestamp;
}

interface InstancesTable {
	id: string;
	number: Generated<number>;
	started_at: CreatedAt;
	seen_at: Timestamp;
}

interface JobRunsTable {
	job_id: string;
	queue: string;
	instance_number: number;
}

export interface Schema {
	inbox: InboxTable;
	people: PeopleTable;
	identities: IdentitiesTable;
	github_tokens: GithubTokensTable;
	github_links: GithubLinksTable;
	workspaces: WorkspacesTable;
	repository_access: RepositoryAccessTable;
	repository_rules: RepositoryRulesTable;
	repositories: RepositoriesTable;
	channels: ChannelsTable;
	sessions: SessionsTable;
	threads: ThreadsTable;
	thread_messages: ThreadMessagesTable;
	prompts: PromptsTable;
	events: EventsTable;
	sandboxes: SandboxesTable;
	images: ImagesTable;
	repository_builds: RepositoryBuildsTable;
	session_snapshots: SessionSnapshotsTable;
	warm_hints: WarmHintsTable;
	pull_requests: PullRequestsTable;
	pull_request_heads: PullRequestHeadsTable;
	pull_request_reviews: PullRequestReviewsTable;
	pushes: PushesTable;
	github_comments: GithubCommentsTable;
	attempt_groups: AttemptGroupsTable;
	attempts: AttemptsTable;
	check_findings: CheckFindingsTable;
	check_reruns: CheckRerunsTable;
	merges: MergesTable;
	audit_log: AuditLogTable;
	routing_corrections: RoutingCorrectionsTable;
	slack_messages: SlackMessagesTable;
	slack_installations: SlackInstallationsTable;
	slack_organisation_teams: SlackOrganisationTeamsTable;
	slack_install_states: SlackInstallStatesTable;
	slack_starts: SlackStartsTable;
	slack_homes: SlackHomesTable;
	slack_agent_sessions: SlackAgentSessionsTable;
	model_calls: ModelCallsTable;
	budget_caps: BudgetCapsTable;
	budget_months: BudgetMonthsTable;
	budget_stops: BudgetStopsTable;
	questions: QuestionsTable;
	instances: InstancesTable;
	job_runs: JobRunsTable;
}
