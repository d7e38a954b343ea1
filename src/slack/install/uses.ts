/**
 * All that the running app asks of Slack, each with the scopes that Slack wants for it: what the manifest declares and
 * the doctor looks for. A test compares it with the code and with the manifest.
 */

/** By their names in a manifest. */
export const EVENTS: Readonly<Record<string, readonly string[]>> = {
	agent_session_stopped: ["chat:write"],
	agent_session_title_changed: ["chat:write"],
	app_context_changed: ["assistant:write"],
	app_home_opened: [],
	app_mention: ["app_mentions:read"],
	app_uninstalled: [],
	link_shared: ["links:read"],
	member_joined_channel: ["channels:read", "groups:read"],
	"message.channels": ["channels:history"],
	"message.groups": ["groups:history"],
	"message.im": ["im:history"],
	"message.mpim": ["mpim:history"],
	reaction_added: ["reactions:read"],
	team_access_granted: [],
	team_access_revoked: [],
	tokens_revoked: [],
	user_change: ["users:read"],
};

const READ = ["channels:read", "groups:read", "im:read", "mpim:read"];
/** Our own messages are told apart by their metadata. */
const HISTORY = ["channels:history", "groups:history", "im:history", "mpim:history", "metadata.message:read"];

export const METHODS: Readonly<Record<string, readonly string[]>> = {
	"agents.sessions.rename": ["chat:write"],
	"agents.sessions.setStatus": ["chat:write"],
	"assistant.threads.setStatus": ["chat:write"],
	"assistant.threads.setSuggestedPrompts": ["assistant:write"],
	"assistant.threads.setTitle": ["assistant:write"],
	"auth.teams.list": [],
	"auth.test": [],
	"chat.postEphemeral": ["chat:write"],
	"chat.postMessage": ["chat:write"],
	"chat.update": ["chat:write"],
	"conversations.history": HISTORY,
	"conversations.info": READ,
	"conversations.members": READ,
	"conversations.open": ["im:write"],
	"conversations.replies": HISTORY,
	"files.completeUploadExternal": ["files:write"],
	"files.getUploadURLExternal": ["files:write"],
	"files.info": ["files:read"],
	"oauth.v2.access": [],
	"reactions.add": ["reactions:write"],
	"reactions.remove": ["reactions:write"],
	"users.info": ["users:read", "users:read.email"],
	"views.open": [],
	"views.publish": [],
	"views.update": [],
};

const CODE_CHANNELS = ["code_channels:manage"];

/**
 * What is used where a workspace has it and an admin asked for it (manifests/slack-app-code-channels.json): nothing is
 * amiss where it is not there. Of the scopes for inviting, each is for one kind of channel.
 */
export const OPTIONAL_METHODS: Readonly<Record<string, readonly string[]>> = {
	"agents.conversations.archive": CODE_CHANNELS,
	"agents.conversations.create": CODE_CHANNELS,
	"agents.conversations.setProperties": CODE_CHANNELS,
	"agents.conversations.setView": CODE_CHANNELS,
	"conversations.invite": ["channels:write.invites", "groups:write.invites"],
};

/** What the manifest offers to people. */
export const FEATURES: Readonly<Record<string, readonly string[]>> = {
	agent_view: ["assistant:write"],
	shortcuts: ["commands"],
	slash_commands: ["commands"],
	unfurl_domains: ["links:read"],
};

/** Each once, in the order of the alphabet. */
export function usedScopes({ codeChannels = false } = {}): string[] {
	return scopesOf(EVENTS, METHODS, FEATURES, ...(codeChannels ? [OPTIONAL_METHODS] : []));
}

/** Those that are asked for with code channels only. */
export function optionalScopes(): string[] {
	return scopesOf(OPTIONAL_METHODS);
}

function scopesOf(...uses: Readonly<Record<string, readonly string[]>>[]): string[] {
	return [...new Set(uses.flatMap((one) => Object.values(one).flat()))].sort();
}
