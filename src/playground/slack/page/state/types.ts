import type {
	AgentSession,
	CodeChannel,
	Message,
	Refusal,
	SuggestedPrompts,
	Team,
	User,
	View,
} from "../../model.ts";

/** A person or the app, as the Web API shows them. */
export interface Person {
	id: string;
	team_id: string;
	name: string;
	real_name: string;
	deleted: boolean;
	is_admin: boolean;
	is_restricted: boolean;
	is_bot: boolean;
	is_stranger?: boolean;
}

/** A channel or a direct conversation, with who is in it and what this person has not read. */
export interface Conversation {
	id: string;
	name?: string;
	is_im: boolean;
	is_mpim?: boolean;
	is_private?: boolean;
	is_archived: boolean;
	is_member?: boolean;
	is_ext_shared?: boolean;
	topic?: { value: string };
	/** The other one, in a direct conversation. */
	user?: string;
	members: string[];
	unread: number;
}

interface SlashCommand {
	command: string;
	description: string;
	usage_hint: string;
}

interface Shortcut {
	type: "message" | "global";
	name: string;
	callback_id: string;
	description: string;
}

/** One of the humans that somebody at this page can be. */
type Human = Pick<User, "id" | "name" | "real_name" | "kind"> & { token: string };

/** What `GET /page/state` answers. */
export interface Workspace {
	me: Person;
	team: Team;
	teams: (Team & { users: Human[] })[];
	app: {
		id: string;
		name: string;
		bot_id: string;
		bot_user_id: string;
		bot_name: string;
		installed: boolean;
		may_uninstall: boolean;
		home_tab: boolean;
		commands: SlashCommand[];
		shortcuts: Shortcut[];
	};
	channels: Conversation[];
	users: Person[];
	sessions: AgentSession[];
	code_channels: CodeChannel[];
	suggested: SuggestedPrompts[];
	/** How many calls of the app were refused. */
	refused: number;
}

export interface LiveState {
	connection: "connecting" | "live" | "lost";
	/** Why this person cannot be here at all. */
	failure: string | null;
	workspace: Workspace | null;
	/** By channel, oldest first; replies and top-level messages together. */
	messages: Record<string, Message[]>;
	/** By channel: what only this person sees. */
	ephemerals: Record<string, Message[]>;
	/** The conversations whose messages have come, by `placeKey`. */
	loaded: Record<string, true>;
	/** The open dialogs, the top one last. */
	modals: View[];
	home: View | null;
	/** Newest first; null until somebody looked. */
	refusals: Refusal[] | null;
}

export const EMPTY_STATE: LiveState = {
	connection: "connecting",
	failure: null,
	workspace: null,
	messages: {},
	ephemerals: {},
	loaded: {},
	modals: [],
	home: null,
	refusals: null,
};

export function placeKey(channel: string, thread: string | null): string {
	return thread === null ? channel : `${channel}:${thread}`;
}
