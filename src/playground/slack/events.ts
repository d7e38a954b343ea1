import { botIn, botInChannel } from "./bots.ts";
import type { Channel, Message } from "./model.ts";
import type { World } from "./world.ts";

const MESSAGE_EVENTS = {
	channel: "message.channels",
	group: "message.groups",
	im: "message.im",
	mpim: "message.mpim",
} as const;

/** What the event of a shared channel says of a file beside its id: the rest is asked for with `files.info`. */
const HIDDEN_FILE = { mode: "file_access", file_access: "check_file_info", created: 0, timestamp: 0 };

/**
 * Sends an event of a channel to the app, if the app listens to it and is in the channel.
 *
 * @param name the name under which a manifest subscribes to it, for example `message.channels` or `reaction_added`
 */
export function emitInChannel(
	world: World,
	channel: Channel,
	name: string,
	event: Record<string, unknown>,
): void {
	if (!listens(world, name)) return;
	const authorTeam = typeof event.team === "string" ? event.team : undefined;
	const bot = botInChannel(world.store, channel, authorTeam);
	if (bot === null) return;
	world.enqueue(bot, authorTeam ?? bot.teamId, event, { external: channel.team_ids.length > 1 });
}

/** Sends an event that belongs to no channel's members, such as `app_home_opened`. */
export function emitToApp(world: World, teamId: string, name: string, event: Record<string, unknown>): void {
	const bot = botIn(world.store, teamId);
	if (bot !== null && listens(world, name)) world.enqueue(bot, teamId, event, { external: false });
}

export function listens(world: World, name: string): boolean {
	return world.manifest.settings.event_subscriptions.bot_events.includes(name);
}

/** The events of a new message: `message.*`, and `app_mention` too where it names the app. */
export function emitMessage(world: World, channel: Channel, message: Message): void {
	emitInChannel(world, channel, MESSAGE_EVENTS[channel.kind], {
		...toEvent(world, channel, message, message.ts),
		channel_type: channel.kind,
	});
	emitMention(world, channel, message, message.ts);
}

function toEvent(world: World, channel: Channel, message: Message, eventTs: string) {
	const author = world.store.user(message.user);
	const shared = channel.team_ids.length > 1;
	return {
		...message,
		channel: channel.id,
		event_ts: eventTs,
		...(shared ? { user_team: author?.team_id, source_team: author?.team_id } : {}),
		...(shared && message.files ? { files: message.files.map(({ id }) => ({ id, ...HIDDEN_FILE })) } : {}),
	};
}

/** An edited message that mentions the app is told as a mention again (java-slack-sdk pull request 755). */
function emitMention(world: World, channel: Channel, message: Message, eventTs: string): void {
	// Slack sends no app_mention for direct messages, for the app's own words, and for messages that share a file.
	const bot = botInChannel(world.store, channel, message.team);
	if (bot === null) return;
	const mentioned = message.text.includes(`<@${bot.userId}>`) || message.text.includes(`<@${bot.userId}|`);
	if (!mentioned || channel.kind === "im" || message.user === bot.userId) return;
	if (message.subtype !== undefined && message.subtype !== "thread_broadcast") return;
	emitInChannel(world, channel, "app_mention", {
		...toEvent(world, channel, message, eventTs),
		type: "app_mention",
	});
}

export function emitMessageChanged(
	world: World,
	channel: Channel,
	message: Message,
	previous: Message,
): void {
	const ts = world.newTs();
	emitInChannel(world, channel, MESSAGE_EVENTS[channel.kind], {
		type: "message",
		subtype: "message_changed",
		hidden: true,
		message: { ...message, source_team: message.team, user_team: message.team },
		previous_message: previous,
		channel: channel.id,
		channel_type: channel.kind,
		ts,
		event_ts: ts,
	});
	if (message.text !== previous.text) emitMention(world, channel, message, ts);
}

export function emitMessageDeleted(world: World, channel: Channel, previous: Message): void {
	const ts = world.newTs();
	emitInChannel(world, channel, MESSAGE_EVENTS[channel.kind], {
		type: "message",
		subtype: "message_deleted",
		hidden: true,
		deleted_ts: previous.ts,
		previous_message: previous,
		channel: channel.id,
		channel_type: channel.kind,
		ts,
		event_ts: ts,
	});
}
