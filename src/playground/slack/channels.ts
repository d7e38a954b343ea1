import type { Caller } from "./caller.ts";
import { requireScope } from "./caller.ts";
import { emitInChannel, emitMessage } from "./events.ts";
import type { Channel, ChannelKind, Message, User } from "./model.ts";
import { Refused } from "./refused.ts";
import { newSlackId, type World } from "./world.ts";

const SCOPE_PREFIX: Record<ChannelKind, string> = {
	channel: "channels",
	group: "groups",
	im: "im",
	mpim: "mpim",
};

/** Whether somebody can know of a channel at all. */
export function canSee(world: World, caller: { userId: string; teamId: string }, channel: Channel): boolean {
	if (!channel.team_ids.includes(caller.teamId)) return false;
	if (world.store.isMember(channel.id, caller.userId)) return true;
	const user = world.store.user(caller.userId);
	return channel.kind === "channel" && channel.team_ids.length === 1 && user?.kind !== "guest";
}

/** @throws Refused `channel_not_found` also for what the caller may not see, as Slack does */
export function findChannel(world: World, caller: Caller, id: string): Channel {
	const channel = world.store.channel(id);
	if (channel === undefined || !canSee(world, caller, channel)) throw new Refused("channel_not_found");
	return channel;
}

/** @throws Refused `not_in_channel` */
export function requireMember(world: World, caller: Caller, channel: Channel): void {
	if (!world.store.isMember(channel.id, caller.userId)) throw new Refused("not_in_channel");
}

/** @throws Refused `missing_scope` for the kind of channel: `channels:read`, `groups:read` … */
export function requireChannelScope(caller: Caller, channel: Channel, act: "read" | "history"): void {
	requireScope(caller, [`${SCOPE_PREFIX[channel.kind]}:${act}`]);
}

/** @throws Refused `missing_scope` unless the token may change this kind of channel; `more` names other scopes that do */
export function requireWriteScope(caller: Caller, channel: Channel, more: string[] = []): void {
	const prefix = SCOPE_PREFIX[channel.kind];
	requireScope(caller, [
		...(channel.kind === "channel" ? ["channels:manage"] : []),
		`${prefix}:write`,
		...more.map((scope) => `${prefix}:${scope}`),
	]);
}

export function hasChannelScope(caller: Caller, channel: Channel, act: "read" | "history"): boolean {
	return caller.scopes.includes(`${SCOPE_PREFIX[channel.kind]}:${act}`);
}

export function showChannel(world: World, caller: Caller, channel: Channel): Record<string, unknown> {
	const common = {
		id: channel.id,
		created: channel.created,
		is_archived: channel.is_archived,
		is_org_shared: false,
		context_team_id: caller.teamId,
		updated: channel.created * 1000,
	};
	if (channel.kind === "im") {
		const other = world.store.members(channel.id).find((member) => member !== caller.userId);
		return { ...common, is_im: true, user: other ?? caller.userId, is_user_deleted: false, priority: 0 };
	}
	const shared = channel.team_ids.length > 1;
	return {
		...common,
		name: channel.name,
		name_normalized: channel.name,
		is_channel: channel.kind === "channel",
		is_group: channel.kind === "group",
		is_im: false,
		is_mpim: channel.kind === "mpim",
		is_private: channel.kind !== "channel",
		is_general: channel.is_general,
		unlinked: 0,
		is_shared: shared,
		is_ext_shared: shared,
		is_pending_ext_shared: false,
		shared_team_ids: channel.team_ids,
		pending_shared: [],
		pending_connected_team_ids: [],
		parent_conversation: null,
		creator: channel.creator,
		is_member: world.store.isMember(channel.id, caller.userId),
		...showCodeChannel(world, channel),
		topic: { value: channel.topic, creator: channel.creator, last_set: channel.created },
		purpose: { value: channel.purpose, creator: channel.creator, last_set: channel.created },
		previous_names: [],
	};
}

/** What docs.slack.dev (Slack Code, properties) says of a code channel; nothing of any other. */
function showCodeChannel(world: World, channel: Channel): Record<string, unknown> {
	const code = world.store.codeChannel(channel.id);
	if (code === undefined) return {};
	const session = world.store.agentSession(channel.id, "");
	return {
		properties: {
			agent_session: {
				status: session?.status ?? "active",
				title: session?.title ?? channel.name,
				encoded_agent_bot_user_ids: [code.bot_user_id],
				...(code.origin_link === null ? {} : { origin_link: code.origin_link }),
			},
			code_channel: {
				...(code.context_bar_items.length > 0 ? { context_bar_items: code.context_bar_items } : {}),
				...(code.summary_message === null ? {} : { summary_message: code.summary_message }),
			},
		},
	};
}

/** A channel's name made of words, that no other channel of the workspace has. */
export function freeName(world: World, teamId: string, words: string, ownId?: string): string {
	const plain = words
		.toLowerCase()
		.replaceAll(/[^\p{Ll}\p{Lo}\p{N}]+/gu, "-")
		.replaceAll(/^-+|-+$/g, "")
		.slice(0, 70);
	const taken = new Set(
		world.store
			.channels()
			.filter(({ id, team_ids }) => id !== ownId && team_ids.includes(teamId))
			.map(({ name }) => name),
	);
	const name = plain === "" ? "session" : plain;
	for (let more = 1; ; more += 1) {
		const tried = more === 1 ? name : `${name}-${more}`;
		if (!taken.has(tried)) return tried;
	}
}

/** Puts somebody into a channel, with the message and the event that this makes. */
export function joinChannel(world: World, channel: Channel, user: User, inviter: string | null): void {
	if (world.store.isMember(channel.id, user.id)) return;
	const message: Message = {
		type: "message",
		subtype: channel.kind === "group" ? "group_join" : "channel_join",
		user: user.id,
		text: `<@${user.id}> has joined the ${channel.kind === "group" ? "group" : "channel"}`,
		ts: world.newTs(),
		team: user.team_id,
	};
	world.store.inTransaction(() => {
		world.store.addMember(channel.id, user.id);
		world.store.saveMessage(channel.id, message);
		emitMessage(world, channel, message);
		emitInChannel(world, channel, "member_joined_channel", {
			type: "member_joined_channel",
			user: user.id,
			channel: channel.id,
			channel_type: channel.kind === "channel" ? "C" : "G",
			team: user.team_id,
			...(inviter === null ? {} : { inviter }),
			event_ts: message.ts,
		});
	});
	world.notify({ type: "message", channel: channel.id, message });
	world.notify({ type: "channel_changed", channel: channel.id });
}

/** A channel as it begins; it is not saved yet. */
export function newChannel(
	world: World,
	of: Pick<Channel, "id" | "name" | "kind" | "team_ids" | "creator">,
): Channel {
	return {
		...of,
		created: Math.floor(world.now() / 1000),
		is_archived: false,
		is_general: false,
		topic: "",
		purpose: "",
	};
}

/** The direct conversation of a set of people (the caller among them), made at first use. */
export function openDirect(
	world: World,
	teamId: string,
	userIds: string[],
): { channel: Channel; made: boolean } {
	const wanted = [...new Set(userIds)].sort().join();
	const kind = wanted.split(",").length > 2 ? "mpim" : "im";
	const existing = world.store
		.channels()
		.find((channel) => channel.kind === kind && world.store.members(channel.id).sort().join() === wanted);
	if (existing !== undefined) return { channel: existing, made: false };
	const channel = newChannel(world, {
		id: newSlackId(kind === "im" ? "D" : "G").slice(0, 11),
		name: kind === "im" ? "" : `mpdm-${userIds.map((id) => world.store.user(id)?.name ?? id).join("--")}-1`,
		kind,
		team_ids: [teamId],
		creator: userIds[0] ?? "",
	});
	world.store.inTransaction(() => {
		world.store.saveChannel(channel);
		for (const id of userIds) world.store.addMember(channel.id, id);
	});
	return { channel, made: true };
}
