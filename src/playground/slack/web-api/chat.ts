import { botIn } from "../bots.ts";
import type { Caller } from "../caller.ts";
import { canSee, findChannel, openDirect, requireMember } from "../channels.ts";
import { addEphemeral, addMessage, changeMessage, removeMessage, showMessage } from "../messages.ts";
import type { Channel, Message } from "../model.ts";
import { Refused } from "../refused.ts";
import type { World } from "../world.ts";
import { flag, needed, requireTs, structure, word } from "./arguments.ts";
import { applyContent, authorship, content, newMessage, readContent } from "./content.ts";
import { defineMethod, type Method } from "./method.ts";

const MAX_UPDATED_CHARACTERS = 4_000;
const scopes = ["chat:write"];

export const chatMethods: Record<string, Method> = {
	"chat.postMessage": defineMethod({
		tier: "postMessage",
		scopes,
		args: {
			channel: needed,
			...content,
			...authorship,
			thread_ts: word.optional(),
			reply_broadcast: flag.optional(),
			unfurl_links: flag.optional(),
			unfurl_media: flag.optional(),
		},
		run(world, caller, args) {
			const channel = findPostable(world, caller, args.channel);
			const draft = newMessage(world, caller, args);
			if (args.thread_ts) {
				draft.thread_ts = findThread(world, channel, args.thread_ts);
				if (args.reply_broadcast) draft.subtype = "thread_broadcast";
			}
			const message = addMessage(world, channel, draft);
			if (caller.kind === "user") hintAboutAbsentApp(world, channel, message);
			return { channel: channel.id, ts: message.ts, message: showMessage(world, channel.id, message, true) };
		},
	}),

	"chat.update": defineMethod({
		tier: "tier3",
		scopes,
		args: {
			channel: needed,
			ts: needed,
			...content,
			reply_broadcast: flag.optional(),
			file_ids: structure.optional(),
			unfurled_attachments: structure.optional(),
		},
		run(world, caller, args) {
			const channel = findChannel(world, caller, args.channel);
			const previous = findMessage(world, channel, args.ts);
			if (previous.user !== caller.userId || previous.subtype?.endsWith("_join"))
				throw new Refused("cant_update_message");
			if ((args.text ?? "").length > MAX_UPDATED_CHARACTERS) throw new Refused("msg_too_long");
			const message = {
				...applyContent(previous, readContent(world, caller, args, previous)),
				edited: { user: caller.userId, ts: world.newTs() },
			};
			changeMessage(world, channel, message, previous);
			return {
				channel: channel.id,
				ts: message.ts,
				text: message.text,
				message: showMessage(world, channel.id, message, true),
			};
		},
	}),

	"chat.delete": defineMethod({
		tier: "tier3",
		scopes,
		args: { channel: needed, ts: needed, as_user: flag.optional() },
		run(world, caller, args) {
			const channel = findChannel(world, caller, args.channel);
			const message = findMessage(world, channel, args.ts);
			const isAdmin = world.store.user(caller.userId)?.kind === "admin";
			if (message.user !== caller.userId && !isAdmin) throw new Refused("cant_delete_message");
			removeMessage(world, channel, message);
			return { channel: channel.id, ts: message.ts };
		},
	}),

	"chat.postEphemeral": defineMethod({
		tier: "tier4",
		scopes,
		args: { channel: needed, user: needed, ...content, ...authorship, thread_ts: word.optional() },
		run(world, caller, args) {
			const channel = findPostable(world, caller, args.channel);
			if (!world.store.isMember(channel.id, args.user)) throw new Refused("user_not_in_channel");
			const draft = newMessage(world, caller, args);
			if (args.thread_ts) draft.thread_ts = findThread(world, channel, args.thread_ts);
			addEphemeral(world, channel.id, args.user, draft);
			return { message_ts: draft.ts };
		},
	}),

	"chat.getPermalink": defineMethod({
		tier: "special",
		args: { channel: needed, message_ts: needed },
		run(world, caller, args) {
			const channel = findChannel(world, caller, args.channel);
			const message = findMessage(world, channel, args.message_ts);
			return { channel: channel.id, permalink: permalink(world, channel.id, message) };
		},
	}),

	"chat.unfurl": defineMethod({
		tier: "tier3",
		scopes: ["links:write"],
		args: {
			channel: word.optional(),
			ts: word.optional(),
			unfurls: structure.optional(),
			source: word.optional(),
			unfurl_id: word.optional(),
			user_auth_required: flag.optional(),
			user_auth_message: word.optional(),
			user_auth_url: word.optional(),
			user_auth_blocks: structure.optional(),
			metadata: structure.optional(),
		},
		run(world, caller, args) {
			if (args.channel === undefined) throw new Refused("missing_channel");
			if (args.ts === undefined) throw new Refused("missing_ts");
			if (args.unfurls === undefined && args.metadata === undefined) throw new Refused("missing_unfurls");
			const channel = findChannel(world, caller, args.channel);
			const message = world.store.message(channel.id, args.ts);
			if (message === undefined) throw new Refused("cannot_find_message");
			changeMessage(world, channel, { ...message, unfurls: args.unfurls ?? args.metadata }, message);
			return {};
		},
	}),
};

function permalink(world: World, channelId: string, message: Message): string {
	const thread =
		message.thread_ts && message.thread_ts !== message.ts
			? `?thread_ts=${message.thread_ts}&cid=${channelId}`
			: "";
	return `${world.url}/archives/${channelId}/p${message.ts.replace(".", "")}${thread}`;
}

function findMessage(world: World, channel: Channel, ts: string): Message {
	const message = world.store.message(channel.id, ts);
	if (message === undefined || message.subtype === "tombstone") throw new Refused("message_not_found");
	return message;
}

/** @throws Refused `invalid_thread_ts`, `thread_not_found` or `cannot_reply_to_message` for a reply's timestamp */
export function findThread(world: World, channel: Channel, threadTs: string): string {
	requireTs(threadTs, "invalid_thread_ts");
	const parent = world.store.message(channel.id, threadTs);
	if (parent === undefined) throw new Refused("thread_not_found");
	if (parent.thread_ts !== undefined && parent.thread_ts !== parent.ts)
		throw new Refused("cannot_reply_to_message");
	return threadTs;
}

/** A channel by id, by `#name`, or the direct conversation with a user's id; with the right to post there. */
export function findPostable(world: World, caller: Caller, target: string): Channel {
	const channel = findTarget(world, caller, target);
	const mayPostAnywhere = channel.kind === "channel" && caller.scopes.includes("chat:write.public");
	if (!mayPostAnywhere) requireMember(world, caller, channel);
	if (channel.is_archived) throw new Refused("is_archived");
	return channel;
}

function findTarget(world: World, caller: Caller, target: string): Channel {
	if (/^[CDG][A-Z0-9]{8,}$/.test(target)) return findChannel(world, caller, target);
	const user = world.store.user(target);
	if (user !== undefined && user.team_id === caller.teamId && user.id !== caller.userId) {
		return openDirect(world, caller.teamId, [caller.userId, user.id]).channel;
	}
	const name = target.replace(/^#/, "").toLowerCase();
	const named = world.store.channels().find((known) => known.name === name && canSee(world, caller, known));
	if (named === undefined) throw new Refused("channel_not_found");
	return named;
}

/** Slackbot's private hint to whoever mentions an app that is not in the channel. */
function hintAboutAbsentApp(world: World, channel: Channel, message: Message): void {
	const bot = botIn(world.store, message.team);
	if (bot === null) return;
	if (!message.text.includes(`<@${bot.userId}>`) || world.store.isMember(channel.id, bot.userId)) return;
	addEphemeral(world, channel.id, message.user, {
		type: "message",
		user: "USLACKBOT",
		text: `<@${bot.userId}> is not in this channel and hears nothing here. Invite it, then mention it again.`,
		ts: world.newTs(),
		team: message.team,
	});
}
