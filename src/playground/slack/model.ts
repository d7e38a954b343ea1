/** The things that a workspace holds, in the shapes that the Web API and the events show them in. */

export interface Team {
	id: string;
	name: string;
	domain: string;
	/** The Enterprise Grid organisation that it belongs to. */
	enterprise_id?: string;
	/** Slack has not given it agent sessions, suggested prompts and code channels. */
	lacks_agents?: true;
}

/** Where the app under test is, or was, installed. */
export interface AppInstallation {
	/** Of the workspace or the organisation. */
	id: string;
	kind: "workspace" | "organisation";
	token: string;
	bot_user_id: string;
	bot_id: string;
	/** null: those of the manifest as it is now. */
	scopes: string[] | null;
	installed_by: string;
	ended: "uninstalled" | "revoked" | null;
}

/** Who the app is in one workspace in which it is installed. */
export interface Bot {
	teamId: string;
	/** Of an installation in a whole organisation. */
	enterpriseId: string | null;
	userId: string;
	botId: string;
}

/** What somebody agreed to; the app may exchange it once for a token. */
export interface OauthCode {
	user_id: string;
	place: { kind: "workspace" | "organisation"; id: string };
	scopes: string[];
	redirect_uri: string;
	/** Milliseconds since the epoch. */
	expires_at: number;
	used: boolean;
}

export interface User {
	id: string;
	team_id: string;
	name: string;
	real_name: string;
	email: string;
	kind: "member" | "admin" | "guest" | "bot";
	deleted: boolean;
	/** `null` for the bot, whose token is a secret of the app. */
	token: string | null;
}

export type ChannelKind = "channel" | "group" | "im" | "mpim";

export interface Channel {
	id: string;
	name: string;
	kind: ChannelKind;
	/** One team, or several for a channel shared between organisations. */
	team_ids: string[];
	creator: string;
	/** Seconds since the epoch. */
	created: number;
	is_archived: boolean;
	is_general: boolean;
	topic: string;
	purpose: string;
}

export interface Reaction {
	name: string;
	users: string[];
	count: number;
}

export interface Metadata {
	event_type: string;
	event_payload: Record<string, unknown>;
}

export interface Message {
	type: "message";
	subtype?: string;
	user: string;
	text: string;
	ts: string;
	team: string;
	thread_ts?: string;
	blocks?: unknown[];
	attachments?: unknown[];
	metadata?: Metadata;
	reactions?: Reaction[];
	edited?: { user: string; ts: string };
	files?: StoredFile[];
	bot_id?: string;
	app_id?: string;
	bot_profile?: Record<string, unknown>;
	client_msg_id?: string;
	username?: string;
	icons?: Record<string, unknown>;
	upload?: boolean;
	unfurls?: unknown;
	/** Counted when it is read, never stored. */
	reply_count?: number;
	reply_users?: string[];
	reply_users_count?: number;
	latest_reply?: string;
	parent_user_id?: string;
}

export interface StoredFile {
	id: string;
	created: number;
	name: string;
	title: string;
	mimetype: string;
	filetype: string;
	user: string;
	user_team: string;
	size: number;
	mode: "hosted";
	url_private: string;
	url_private_download: string;
	permalink: string;
	channels: string[];
	is_external: false;
	is_public: boolean;
	/** Bytes have arrived and `files.completeUploadExternal` was called. */
	complete: boolean;
	/** Somebody chose it in a dialog of the app. */
	given_to_app?: boolean;
	/** Milliseconds since the epoch: before that Slack says of it neither type nor anything that follows from it. */
	looked_through_at?: number;
}

export interface View {
	id: string;
	team_id: string;
	type: "modal" | "home";
	blocks: unknown[];
	private_metadata: string;
	callback_id: string;
	external_id: string;
	state: { values: ViewValues };
	hash: string;
	title?: unknown;
	submit?: unknown;
	close?: unknown;
	clear_on_close: boolean;
	notify_on_close: boolean;
	previous_view_id: string | null;
	root_view_id: string;
	app_id: string;
	app_installed_team_id: string;
	bot_id: string;
}

export type ViewValues = Record<string, Record<string, Record<string, unknown>>>;

/** What an agent offers at the top of a conversation. */
export interface SuggestedPrompts {
	channel_id: string;
	title: string | null;
	prompts: { title: string; message: string }[];
}

/** A channel that is an agent's, for one task. */
export interface CodeChannel {
	channel_id: string;
	/** The agent's own name for its work; the same one gets the same channel. */
	session_id: string | null;
	/** Whose it is. */
	bot_user_id: string;
	origin_link: { channel_id: string; ts: string } | null;
	context_bar_items: ContextBarItem[];
	summary_message: { message_ts: string; thread_ts?: string | undefined } | null;
	agent_resource: Record<string, string>;
	views: ChannelView[];
}

interface ContextBarItem {
	key: string;
	label: string;
	icon?: string | undefined;
	url?: string | undefined;
	item_type: "info" | "action";
}

/** A tab of a code channel. */
export interface ChannelView {
	view_id: string;
	type: "html" | "diff" | "block_kit" | "pull_request";
	view_key?: string | undefined;
	label: string;
	content_version: number;
	/** Seconds since the epoch. */
	date_added: number;
	content?: string | undefined;
	blocks?: unknown[] | undefined;
	pr_url?: string | undefined;
	base_branch?: string | undefined;
	head_branch?: string | undefined;
}

export interface AgentSession {
	channel_id: string;
	/** Empty: the session is its whole channel. */
	thread_ts: string;
	status: string;
	title: string | null;
	loading_messages: string[];
	/** Seconds since the epoch when Slack would clear the status by itself; null for never. */
	expires_at: number | null;
}

/** A call or an answer of the app that Slack would have refused. */
export interface Refusal {
	id: number;
	/** Milliseconds since the epoch. */
	at: number;
	/** A Web API method, or what the app answered to: `slash command`, `block_suggestion`, `event delivery` … */
	method: string;
	team_id: string | null;
	user: string | null;
	error: string;
	messages: string[];
	args: unknown;
}

export interface Delivery {
	id: number;
	event_id: string;
	team_id: string;
	/** The event envelope as JSON. */
	body: string;
	/** How many times it was sent without an accepted answer. */
	attempts: number;
	/** Milliseconds since the epoch. */
	next_at: number;
	last_reason: string | null;
}
