import { belongsTo } from "../bots.ts";
import {
	findChannel,
	joinChannel,
	newChannel,
	openDirect,
	requireMember,
	requireWriteScope,
	showChannel,
} from "../channels.ts";
import type { User } from "../model.ts";
import { Refused } from "../refused.ts";
import { newSlackId } from "../world.ts";
import { flag, needed, requireTs, word } from "./arguments.ts";
import { defineMethod, type Method } from "./method.ts";

/** Methods that change channels and who is in them. */
export const membershipMethods: Record<string, Method> = {
	"conversations.open": defineMethod({
		tier: "tier3",
		scopes: ["im:write", "mpim:write", "channels:manage", "groups:write"],
		userScopes: ["im:write", "mpim:write"],
		args: {
			channel: word.optional(),
			users: word.optional(),
			return_im: flag.optional(),
			prevent_creation: flag.optional(),
		},
		run(world, caller, args) {
			if (args.channel !== undefined) {
				const channel = findChannel(world, caller, args.channel);
				return { channel: args.return_im ? showChannel(world, caller, channel) : { id: channel.id } };
			}
			const ids = (args.users ?? "").split(",").filter((id) => id !== "");
			if (ids.length === 0) throw new Refused("users_list_not_supplied");
			if (ids.length > 8) throw new Refused("too_many_users");
			for (const id of ids) {
				const user = world.store.user(id);
				if (user === undefined || !belongsTo(world.store, user, caller.teamId))
					throw new Refused("user_not_found");
				if (user.deleted) throw new Refused("user_disabled");
			}
			const { channel, made } = openDirect(world, caller.teamId, [caller.userId, ...ids]);
			return {
				...(made ? {} : { no_op: true, already_open: true }),
				channel: args.return_im ? showChannel(world, caller, channel) : { id: channel.id },
			};
		},
	}),

	"conversations.join": defineMethod({
		tier: "tier3",
		scopes: ["channels:join"],
		userScopes: ["channels:write"],
		args: { channel: needed },
		run(world, caller, args) {
			const channel = findChannel(world, caller, args.channel);
			if (channel.kind !== "channel") throw new Refused("method_not_supported_for_channel_type");
			if (channel.is_archived) throw new Refused("is_archived");
			const user = world.store.user(caller.userId);
			const already = world.store.isMember(channel.id, caller.userId);
			if (user !== undefined) joinChannel(world, channel, user, null);
			return {
				channel: showChannel(world, caller, channel),
				...(already ? { warning: "already_in_channel" } : {}),
			};
		},
	}),

	"conversations.invite": defineMethod({
		tier: "tier3",
		scopes: ["channels:manage", "groups:write", "channels:write.invites", "groups:write.invites"],
		userScopes: ["channels:write", "groups:write"],
		args: { channel: needed, users: needed, force: flag.optional() },
		run(world, caller, args) {
			const channel = findChannel(world, caller, args.channel);
			requireWriteScope(caller, channel, ["write.invites"]);
			requireMember(world, caller, channel);
			if (channel.is_archived) throw new Refused("is_archived");
			if (channel.kind === "im") throw new Refused("method_not_supported_for_channel_type");
			const troubleWith = (user: User | undefined): string | null => {
				if (user === undefined || !belongsTo(world.store, user, caller.teamId) || user.deleted)
					return "user_not_found";
				if (user.id === caller.userId) return "cant_invite_self";
				return world.store.isMember(channel.id, user.id) ? "already_in_channel" : null;
			};
			const named = args.users.split(",").map((id) => world.store.user(id));
			const users = named.flatMap((user) => (user !== undefined && troubleWith(user) === null ? [user] : []));
			const trouble = named.map(troubleWith).find((one) => one !== null);
			// With `force` the others come all the same; where there are none, it is as without.
			if (trouble && !(args.force && users.length > 0)) throw new Refused(trouble);
			for (const user of users) joinChannel(world, channel, user, caller.userId);
			return { channel: showChannel(world, caller, channel) };
		},
	}),

	"conversations.leave": defineMethod({
		tier: "tier3",
		scopes: ["channels:manage", "groups:write"],
		userScopes: ["channels:write", "groups:write"],
		args: { channel: needed },
		run(world, caller, args) {
			const channel = findChannel(world, caller, args.channel);
			if (channel.kind === "im") throw new Refused("method_not_supported_for_channel_type");
			if (channel.is_general) throw new Refused("cant_leave_general");
			if (!world.store.isMember(channel.id, caller.userId)) return { not_in_channel: true };
			world.store.removeMember(channel.id, caller.userId);
			world.notify({ type: "channel_changed", channel: channel.id });
			return {};
		},
	}),

	"conversations.kick": defineMethod({
		tier: "tier3",
		scopes: ["channels:manage", "groups:write"],
		userScopes: ["channels:write", "groups:write"],
		args: { channel: needed, user: needed },
		run(world, caller, args) {
			const channel = findChannel(world, caller, args.channel);
			if (channel.kind === "im") throw new Refused("method_not_supported_for_channel_type");
			requireMember(world, caller, channel);
			if (args.user === caller.userId) throw new Refused("cant_kick_self");
			if (channel.is_general) throw new Refused("cant_kick_from_general");
			if (world.store.user(args.user) === undefined) throw new Refused("user_not_found");
			if (!world.store.isMember(channel.id, args.user)) throw new Refused("not_in_channel");
			world.store.removeMember(channel.id, args.user);
			world.notify({ type: "channel_changed", channel: channel.id });
			return {};
		},
	}),

	"conversations.archive": defineMethod({
		tier: "tier2",
		scopes: ["channels:manage", "groups:write", "im:write", "mpim:write"],
		userScopes: ["channels:write", "groups:write", "im:write", "mpim:write"],
		args: { channel: needed },
		run(world, caller, args) {
			const channel = findChannel(world, caller, args.channel);
			if (channel.kind === "im") throw new Refused("method_not_supported_for_channel_type");
			requireMember(world, caller, channel);
			if (channel.is_general) throw new Refused("cant_archive_general");
			if (channel.is_archived) throw new Refused("already_archived");
			world.store.saveChannel({ ...channel, is_archived: true });
			world.notify({ type: "channel_changed", channel: channel.id });
			return {};
		},
	}),

	// With a user's token only, which joins (docs.slack.dev, its page).
	"conversations.unarchive": defineMethod({
		tier: "tier2",
		scopes: [],
		userScopes: ["channels:write", "groups:write", "im:write", "mpim:write"],
		tokens: ["user"],
		args: { channel: needed },
		run(world, caller, args) {
			const channel = findChannel(world, caller, args.channel);
			if (channel.kind === "im") throw new Refused("method_not_supported_for_channel_type");
			if (!channel.is_archived) throw new Refused("not_archived");
			world.store.inTransaction(() => {
				world.store.saveChannel({ ...channel, is_archived: false });
				world.store.addMember(channel.id, caller.userId);
			});
			world.notify({ type: "channel_changed", channel: channel.id });
			return {};
		},
	}),

	"conversations.create": defineMethod({
		tier: "tier2",
		scopes: ["channels:manage", "groups:write"],
		userScopes: ["channels:write", "groups:write"],
		args: { name: needed, is_private: flag.optional() },
		run(world, caller, args) {
			if (args.name.length > 80) throw new Refused("invalid_name_maxlength");
			if (!/^[\p{Ll}\p{Lo}\p{N}_-]+$/u.test(args.name)) throw new Refused("invalid_name_specials");
			if (world.store.user(caller.userId)?.kind === "guest") throw new Refused("restricted_action");
			const taken = world.store
				.channels()
				.some((channel) => channel.name === args.name && channel.team_ids.includes(caller.teamId));
			if (taken) throw new Refused("name_taken");
			const channel = newChannel(world, {
				id: newSlackId(args.is_private ? "G" : "C"),
				name: args.name,
				kind: args.is_private ? "group" : "channel",
				team_ids: [caller.teamId],
				creator: caller.userId,
			});
			world.store.inTransaction(() => {
				world.store.saveChannel(channel);
				world.store.addMember(channel.id, caller.userId);
			});
			world.notify({ type: "channel_changed", channel: channel.id });
			return { channel: showChannel(world, caller, channel) };
		},
	}),

	"conversations.setTopic": defineMethod({
		tier: "tier2",
		scopes: ["channels:manage", "channels:write.topic", "groups:write", "im:write", "mpim:write"],
		userScopes: ["channels:write", "channels:write.topic"],
		args: { channel: needed, topic: word },
		run(world, caller, args) {
			const channel = findChannel(world, caller, args.channel);
			requireWriteScope(caller, channel, ["write.topic"]);
			requireMember(world, caller, channel);
			if (channel.is_archived) throw new Refused("is_archived");
			if (args.topic.length > 250) throw new Refused("too_long");
			const changed = { ...channel, topic: args.topic };
			world.store.saveChannel(changed);
			world.notify({ type: "channel_changed", channel: channel.id });
			return { channel: showChannel(world, caller, changed) };
		},
	}),

	"conversations.mark": defineMethod({
		tier: "tier3",
		scopes: ["channels:manage", "groups:write", "im:write", "mpim:write"],
		userScopes: ["channels:write", "groups:write", "im:write", "mpim:write"],
		args: { channel: needed, ts: needed },
		run(world, caller, args) {
			const channel = findChannel(world, caller, args.channel);
			requireWriteScope(caller, channel);
			requireMember(world, caller, channel);
			world.store.markRead(channel.id, caller.userId, requireTs(args.ts, "invalid_timestamp"));
			return {};
		},
	}),
};
