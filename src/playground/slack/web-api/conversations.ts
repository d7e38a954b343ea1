import { type Caller, requireScope } from "../caller.ts";
import {
	canSee,
	findChannel,
	hasChannelScope,
	requireChannelScope,
	requireMember,
	showChannel,
} from "../channels.ts";
import { showMessage } from "../messages.ts";
import type { Channel, Message } from "../model.ts";
import { Refused } from "../refused.ts";
import type { World } from "../world.ts";
import { flag, needed, page, paginate, word } from "./arguments.ts";
import { defineMethod, type Method } from "./method.ts";

const readScopes = ["channels:read", "groups:read", "im:read", "mpim:read"];
const historyScopes = ["channels:history", "groups:history", "im:history", "mpim:history"];
const range = {
	oldest: word.optional(),
	latest: word.optional(),
	inclusive: flag.optional(),
	include_all_metadata: flag.optional(),
};
const listing = { ...page, types: word.optional(), exclude_archived: flag.optional() };

export const conversationMethods: Record<string, Method> = {
	"conversations.info": defineMethod({
		tier: "tier3",
		scopes: readScopes,
		args: { channel: needed, include_locale: flag.optional(), include_num_members: flag.optional() },
		run(world, caller, args) {
			const channel = findChannel(world, caller, args.channel);
			requireChannelScope(caller, channel, "read");
			const shown = showChannel(world, caller, channel);
			if (args.include_num_members) shown.num_members = world.store.members(channel.id).length;
			return { channel: shown };
		},
	}),

	"conversations.list": defineMethod({
		tier: "tier2",
		scopes: readScopes,
		args: listing,
		run: (world, caller, args) => list(world, caller, args, () => true),
	}),

	"users.conversations": defineMethod({
		tier: "tier3",
		scopes: readScopes,
		args: { ...listing, user: word.optional(), exclude_muted: flag.optional() },
		run(world, caller, args) {
			const userId = args.user ?? caller.userId;
			if (world.store.user(userId) === undefined) throw new Refused("user_not_found");
			return list(world, caller, args, (channel) => world.store.isMember(channel.id, userId));
		},
	}),

	"conversations.history": defineMethod({
		tier: "tier3",
		scopes: historyScopes,
		args: { channel: needed, ...page, ...range },
		run(world, caller, args) {
			const channel = findReadable(world, caller, args.channel);
			const messages = inRange(world.store.history(channel.id), args);
			return { ...show(world, channel, paginate(messages, args, 100), args), pin_count: 0 };
		},
	}),

	"conversations.replies": defineMethod({
		tier: "tier3",
		scopes: historyScopes,
		args: { channel: needed, ts: needed, ...page, ...range },
		run(world, caller, args) {
			const channel = findReadable(world, caller, args.channel);
			const parent = world.store.message(channel.id, args.ts);
			if (parent === undefined) throw new Refused("thread_not_found");
			const replies = inRange(world.store.replies(channel.id, args.ts), args);
			return show(world, channel, paginate([parent, ...replies], args, 1000), args);
		},
	}),

	"conversations.members": defineMethod({
		tier: "tier4",
		scopes: readScopes,
		args: { channel: needed, ...page },
		run(world, caller, args) {
			const channel = findChannel(world, caller, args.channel);
			requireChannelScope(caller, channel, "read");
			const { items, response_metadata } = paginate(world.store.members(channel.id), args, 100);
			return { members: items, response_metadata };
		},
	}),
};

/** A channel whose messages the caller may read: a bot must be in it, a human may look into public ones. */
function findReadable(world: World, caller: Caller, id: string): Channel {
	const channel = findChannel(world, caller, id);
	requireChannelScope(caller, channel, "history");
	if (caller.kind === "bot") requireMember(world, caller, channel);
	return channel;
}

function list(
	world: World,
	caller: Caller,
	args: {
		types?: string | undefined;
		exclude_archived?: boolean | undefined;
		cursor?: string | undefined;
		limit?: number | undefined;
	},
	filter: (channel: Channel) => boolean,
): Record<string, unknown> {
	const kinds = (args.types ?? "public_channel").split(",").map((type) => toKind(type.trim()));
	for (const kind of kinds)
		requireScope(caller, [`${kind === "channel" ? "channels" : kind === "group" ? "groups" : kind}:read`]);
	const channels = world.store
		.channels()
		.filter(
			(channel) =>
				kinds.includes(channel.kind) &&
				canSee(world, caller, channel) &&
				hasChannelScope(caller, channel, "read") &&
				!(args.exclude_archived && channel.is_archived) &&
				filter(channel),
		);
	const { items, response_metadata } = paginate(channels, args, 100);
	return { channels: items.map((channel) => showChannel(world, caller, channel)), response_metadata };
}

function toKind(type: string): Channel["kind"] {
	if (type === "public_channel") return "channel";
	if (type === "private_channel") return "group";
	if (type === "im" || type === "mpim") return type;
	throw new Refused("invalid_types");
}

function inRange(
	messages: Message[],
	args: { oldest?: string | undefined; latest?: string | undefined; inclusive?: boolean | undefined },
): Message[] {
	const oldest = toBound(args.oldest, "invalid_ts_oldest");
	const latest = toBound(args.latest, "invalid_ts_latest");
	return messages.filter(({ ts }) => {
		if (args.inclusive) return (oldest === null || ts >= oldest) && (latest === null || ts <= latest);
		return (oldest === null || ts > oldest) && (latest === null || ts < latest);
	});
}

function toBound(ts: string | undefined, error: string): string | null {
	if (ts === undefined || ts === "" || ts === "0") return null;
	if (!/^\d{1,10}(\.\d{1,6})?$/.test(ts)) throw new Refused(error);
	const [seconds = "", micros = ""] = ts.split(".");
	return `${seconds.padStart(10, "0")}.${micros.padEnd(6, "0")}`;
}

function show(
	world: World,
	channel: Channel,
	found: { items: Message[]; has_more: boolean; response_metadata: { next_cursor: string } },
	args: { include_all_metadata?: boolean | undefined },
): Record<string, unknown> {
	return {
		messages: found.items.map((message) =>
			showMessage(world, channel.id, message, args.include_all_metadata ?? false),
		),
		has_more: found.has_more,
		...(found.has_more ? { response_metadata: found.response_metadata } : {}),
	};
}
