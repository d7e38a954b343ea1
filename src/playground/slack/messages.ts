import { emitMessage, emitMessageChanged, emitMessageDeleted } from "./events.ts";
import { emitPostedLinks } from "./links.ts";
import type { Channel, Message } from "./model.ts";
import { sharePictures } from "./pictures.ts";
import type { World } from "./world.ts";

/** Keeps a new message, tells the app and the page. */
export function addMessage(world: World, channel: Channel, message: Message): Message {
	world.store.inTransaction(() => {
		const parent = message.thread_ts ? world.store.message(channel.id, message.thread_ts) : undefined;
		if (parent !== undefined && parent.thread_ts === undefined && parent.ts === message.thread_ts) {
			world.store.saveMessage(channel.id, { ...parent, thread_ts: parent.ts });
		}
		world.store.saveMessage(channel.id, message);
		sharePictures(world, channel, message);
		world.store.markRead(channel.id, message.user, message.ts);
		emitMessage(world, channel, withParent(message, parent));
		emitPostedLinks(world, channel, message);
	});
	clearExpiredStatus(world, channel.id, message);
	world.notify({ type: "message", channel: channel.id, message });
	if (message.thread_ts) notifyParent(world, channel, message.thread_ts);
	return message;
}

export function changeMessage(
	world: World,
	channel: Channel,
	message: Message,
	previous: Message,
	options: { event: boolean } = { event: true },
): Message {
	world.store.inTransaction(() => {
		world.store.saveMessage(channel.id, message);
		sharePictures(world, channel, message);
		if (options.event) emitMessageChanged(world, channel, message, previous);
	});
	world.notify({
		type: "message_changed",
		channel: channel.id,
		message: withReplies(world, channel.id, message),
	});
	return message;
}

export function removeMessage(world: World, channel: Channel, previous: Message): void {
	if (world.store.replies(channel.id, previous.ts).length > 0) {
		leaveTombstone(world, channel, previous);
		return;
	}
	world.store.inTransaction(() => {
		world.store.deleteMessage(channel.id, previous.ts);
		emitMessageDeleted(world, channel, previous);
	});
	world.notify({
		type: "message_deleted",
		channel: channel.id,
		ts: previous.ts,
		thread_ts: previous.thread_ts ?? null,
	});
	if (previous.thread_ts && previous.thread_ts !== previous.ts)
		notifyParent(world, channel, previous.thread_ts);
}

/** A parent with replies leaves a mark behind, so that its thread stays. */
function leaveTombstone(world: World, channel: Channel, previous: Message): void {
	const tombstone: Message = {
		type: "message",
		subtype: "tombstone",
		user: "USLACKBOT",
		text: "This message was deleted.",
		ts: previous.ts,
		thread_ts: previous.ts,
		team: previous.team,
	};
	changeMessage(world, channel, tombstone, previous);
}

/** A message as the Web API shows it: a parent counts its replies, metadata only where it was asked for. */
export function showMessage(
	world: World,
	channelId: string,
	message: Message,
	withMetadata: boolean,
): Message {
	const shown = withReplies(world, channelId, message);
	if (!withMetadata) delete shown.metadata;
	if (message.thread_ts && message.thread_ts !== message.ts) {
		const parent = world.store.message(channelId, message.thread_ts);
		if (parent !== undefined) shown.parent_user_id = parent.user;
	}
	return shown;
}

/** Shows a message to one person only. It is no part of the history. */
export function addEphemeral(world: World, channelId: string, userId: string, message: Message): void {
	world.store.saveEphemeral(channelId, userId, message);
	world.notify({ type: "ephemeral", to: userId, channel: channelId, message });
}

function withReplies(world: World, channelId: string, message: Message): Message {
	if (message.thread_ts !== message.ts) return { ...message };
	const replies = world.store.replies(channelId, message.ts);
	const users = [...new Set(replies.map((reply) => reply.user))];
	return {
		...message,
		reply_count: replies.length,
		reply_users_count: users.length,
		reply_users: users.slice(0, 5),
		latest_reply: replies.at(-1)?.ts ?? message.ts,
	};
}

function withParent(message: Message, parent: Message | undefined): Message {
	return parent === undefined ? message : { ...message, parent_user_id: parent.user };
}

function notifyParent(world: World, channel: Channel, threadTs: string): void {
	const parent = world.store.message(channel.id, threadTs);
	if (parent === undefined) return;
	world.notify({
		type: "message_changed",
		channel: channel.id,
		message: withReplies(world, channel.id, parent),
	});
}

/** Slack clears an assistant's status line as soon as the app answers in the thread. */
function clearExpiredStatus(world: World, channelId: string, message: Message): void {
	if (message.bot_id === undefined || message.thread_ts === undefined) return;
	const session = world.store.agentSession(channelId, message.thread_ts);
	if (session === undefined || session.expires_at === null) return;
	const cleared = { ...session, status: "", loading_messages: [], expires_at: null };
	world.store.saveAgentSession(cleared);
	world.notify({ type: "agent_status", channel: channelId, session: cleared });
}
