import type { ColumnType, Generated, JSONColumnType } from "kysely";
import type { Problem } from "../contract/event.ts";
import type { PromptFile, PromptOrigin, PromptStatus, SessionStatus } from "../contract/session.ts";

type CreatedAt = ColumnType<Date, Date | undefined, never>;
type Timestamp = ColumnType<Date, Date | string | undefined, Date | string>;
type NullableTimestamp = ColumnType<Date | null, Date | string | null | undefined, Date | string | null>;
/** jsonb: read as a value, written as its JSON text. */
type Json<T> = ColumnType<T, string, string>;
type NullableJson<T> = ColumnType<T | null, string | null | undefined, string | null>;

/** How and why a session got its repository. */
export interface Routing {
	how: "named" | "thread" | "channel" | "only" | "model" | "picked" | "api";
	reason: string;
	confidence: number | null;
}

/** What was said around a prompt when it was written. */
export interface PromptContext {
	channelName?: string;
	channelTopic?: string;
	/** Earlier messages of the thread, oldest first. */
	thread?: { author: string; text: string }[];
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
	created_at: CreatedAt;
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
	removed_at: NullableTimestamp;
	updated_at: Timestamp;
}

interface ChannelsTable {
	team_id: string;
	channel_id: string;
	default_repository_id: string | null;
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
	last_seq: Generated<number>;
	created_at: CreatedAt;
	updated_at: Timestamp;
}

interface ThreadsTable {
	team_id: string;
	channel_id: string;
	thread_ts: string;
	session_id: string;
	created_at: CreatedAt;
}

interface PromptsTable {
	id: string;
	session_id: string;
	number: number;
	author_id: string | null;
	text: string;
	files: JSONColumnType<PromptFile[], string | undefined>;
	context: JSONColumnType<PromptContext, string | undefined>;
	origin: JSONColumnType<PromptOrigin>;
	idempotency_key: string;
	status: PromptStatus;
	attempt: Generated<number>;
	stop_requested_at: NullableTimestamp;
	stop_requested_by: string | null;
	answer: string | null;
	problem: NullableJson<Problem>;
	cost_usd: Generated<number>;
	created_at: CreatedAt;
	started_at: NullableTimestamp;
	finished_at: NullableTimestamp;
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
	state: "creating" | "ready" | "warm" | "lost" | "deleted";
	token_hash: string;
	cloned_at: NullableTimestamp;
	branch: string | null;
	created_at: CreatedAt;
	deleted_at: NullableTimestamp;
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
	created_at: CreatedAt;
	updated_at: Timestamp;
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
	repositories: RepositoriesTable;
	channels: ChannelsTable;
	sessions: SessionsTable;
	threads: ThreadsTable;
	prompts: PromptsTable;
	events: EventsTable;
	sandboxes: SandboxesTable;
	pull_requests: PullRequestsTable;
	slack_messages: SlackMessagesTable;
	model_calls: ModelCallsTable;
	instances: InstancesTable;
	job_runs: JobRunsTable;
}
