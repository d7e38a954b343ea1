import type { Caller } from "../caller.ts";
import { findChannel, requireMember } from "../channels.ts";
import { emitInChannel } from "../events.ts";
import { showMessage } from "../messages.ts";
import type { Channel, Message, Reaction } from "../model.ts";
import { Refused } from "../refused.ts";
import type { World } from "../world.ts";
import { flag, needed, requireTs, word } from "./arguments.ts";
import { defineMethod, type Method } from "./method.ts";

const item = { channel: needed, timestamp: needed };

export const reactionMethods: Record<string, Method> = {
	"reactions.add": defineMethod({
		tier: "tier3",
		scopes: ["reactions:write"],
		args: { ...item, name: needed },
		run(world, caller, args) {
			const { name, channel, message, reactions, known } = findReaction(world, caller, args);
			if (known?.users.includes(caller.userId)) throw new Refused("already_reacted");
			if (known === undefined && reactions.length >= 23) throw new Refused("too_many_emoji");
			const added = known
				? reactions.map((reaction) =>
						reaction === known ? withUsers(name, [...known.users, caller.userId]) : reaction,
					)
				: [...reactions, withUsers(name, [caller.userId])];
			save(world, caller, channel, message, added, "reaction_added", name);
			return {};
		},
	}),

	"reactions.remove": defineMethod({
		tier: "tier2",
		scopes: ["reactions:write"],
		args: { ...item, name: needed },
		run(world, caller, args) {
			const { name, channel, message, reactions, known } = findReaction(world, caller, args);
			if (!known?.users.includes(caller.userId)) throw new Refused("no_reaction");
			const left = known.users.filter((user) => user !== caller.userId);
			const remaining = reactions.flatMap((reaction) => {
				if (reaction !== known) return [reaction];
				return left.length === 0 ? [] : [withUsers(name, left)];
			});
			save(world, caller, channel, message, remaining, "reaction_removed", name);
			return {};
		},
	}),

	"reactions.get": defineMethod({
		tier: "tier3",
		scopes: ["reactions:read"],
		args: { channel: word.optional(), timestamp: word.optional(), full: flag.optional() },
		run(world, caller, args) {
			if (args.channel === undefined || args.timestamp === undefined) throw new Refused("no_item_specified");
			const { channel, message } = findItem(world, caller, args.channel, args.timestamp);
			return {
				type: "message",
				channel: channel.id,
				message: { ...showMessage(world, channel.id, message, false), permalink: "" },
			};
		},
	}),
};

function findItem(world: World, caller: Caller, channelId: string, timestamp: string) {
	const channel = findChannel(world, caller, channelId);
	requireMember(world, caller, channel);
	if (channel.is_archived) throw new Refused("is_archived");
	const message = world.store.message(channel.id, requireTs(timestamp, "bad_timestamp"));
	if (message === undefined || message.subtype === "tombstone") throw new Refused("message_not_found");
	return { channel, message };
}

/** `known`: the one of that name, if the message has it. */
function findReaction(
	world: World,
	caller: Caller,
	args: { channel: string; timestamp: string; name: string },
) {
	const name = readName(args.name);
	const found = findItem(world, caller, args.channel, args.timestamp);
	const reactions = found.message.reactions ?? [];
	return { ...found, name, reactions, known: reactions.find((reaction) => reaction.name === name) };
}

function readName(name: string): string {
	const bare = name.replaceAll(/^:|:$/g, "");
	if (!/^[\p{Ll}\p{Lo}\p{N}_+'-]+(::skin-tone-[2-6])?$/u.test(bare)) throw new Refused("invalid_name");
	return bare;
}

function withUsers(name: string, users: string[]): Reaction {
	return { name, users, count: users.length };
}

function save(
	world: World,
	caller: Caller,
	channel: Channel,
	message: Message,
	reactions: Reaction[],
	event: "reaction_added" | "reaction_removed",
	name: string,
): void {
	const { reactions: _old, ...rest } = message;
	world.store.inTransaction(() => {
		world.store.saveMessage(channel.id, { ...rest, ...(reactions.length > 0 ? { reactions } : {}) });
		emitInChannel(world, channel, event, {
			type: event,
			user: caller.userId,
			reaction: name,
			item: { type: "message", channel: channel.id, ts: message.ts },
			item_user: message.user,
			event_ts: world.newTs(),
		});
	});
	world.notify({ type: "reaction", channel: channel.id, ts: message.ts, reactions });
}
