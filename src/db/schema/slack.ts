import type { Generated, JSONColumnType } from "kysely";
import type { PromptFile } from "../../contract/session.ts";
import type { ReplyMode, Verbosity } from "../../contract/settings.ts";
import type { CreatedAt, Json, Nullable, NullableTimestamp, Timestamp } from "./columns.ts";

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

interface ChannelsTable {
	team_id: string;
	channel_id: string;
	default_repository_id: Nullable<string>;
	verbosity: Nullable<Verbosity>;
	replies: Nullable<ReplyMode>;
	model: Nullable<string>;
	/** When it was told what Bobbin does there. */
	introduced_at: NullableTimestamp;
	/** When it was offered that only mentions count there. */
	offered_replies_at: NullableTimestamp;
	/** When it was told that channels shared with others are refused. */
	told_shared_at: NullableTimestamp;
	updated_at: Timestamp;
}

interface ThreadsTable {
	team_id: string;
	channel_id: string;
	thread_ts: string;
	session_id: string;
	verbosity: Nullable<Verbosity>;
	replies: Nullable<ReplyMode>;
	created_at: CreatedAt;
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

/** The channel of its own that a session has at Slack, or is to have. */
interface SlackCodeChannelsTable {
	session_id: string;
	team_id: string;
	/** Who wanted it, at Slack. */
	asked_by: string;
	/** `refused`: Slack does not make it. `archived`: by us, at the end. `closed`: people took it from us. */
	state: Generated<"wanted" | "open" | "refused" | "archived" | "closed">;
	/** null: there is none yet. */
	channel_id: Nullable<string>;
	opened_at: NullableTimestamp;
	/** When the people of the thread were asked into it, or could not be. */
	invited_at: NullableTimestamp;
	/** What was shown last, as hashes. */
	shown_bar: Nullable<string>;
	shown_diff: Nullable<string>;
	shown_pull_request: Nullable<string>;
	/** When the bar was changed last. */
	bar_at: NullableTimestamp;
	/** Slack's own sign of the session there. */
	sign_status: Nullable<"processing" | "active" | "suspended" | "closed">;
	sign_title: Nullable<string>;
	sign_at: NullableTimestamp;
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
	ended_why: Nullable<"uninstalled" | "refused">;
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

/** Pictures as Slack has them. */
interface SlackPicturesTable {
	picture_id: string;
	team_id: string;
	/** Slack's; null: it does not take the picture. */
	file_id: string | null;
	uploaded_at: Timestamp;
	/** When Slack was done with looking it through; until then no message may show it. */
	ready_at: NullableTimestamp;
}

export interface SlackSchema {
	slack_pictures: SlackPicturesTable;
	workspaces: WorkspacesTable;
	channels: ChannelsTable;
	threads: ThreadsTable;
	thread_messages: ThreadMessagesTable;
	slack_messages: SlackMessagesTable;
	slack_installations: SlackInstallationsTable;
	slack_organisation_teams: SlackOrganisationTeamsTable;
	slack_install_states: SlackInstallStatesTable;
	slack_starts: SlackStartsTable;
	slack_homes: SlackHomesTable;
	slack_agent_sessions: SlackAgentSessionsTable;
	slack_code_channels: SlackCodeChannelsTable;
}
