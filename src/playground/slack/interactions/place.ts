import { isAppBotId } from "../bots.ts";
import { canSee } from "../channels.ts";
import { showMessage } from "../messages.ts";
import type { Channel, User, View } from "../model.ts";
import { Refused } from "../refused.ts";
import type { World } from "../world.ts";

/** Where an element stands: in a message of a channel, or in a view. */
export interface Place {
	channel?: string | undefined;
	message_ts?: string | undefined;
	view_id?: string | undefined;
}

/** @throws Refused when it is not there, or not the app's, or not for this person */
export function locate(world: World, user: User, place: Place) {
	if (place.view_id !== undefined) {
		const found = world.store.view(place.view_id);
		if (found === undefined || found.open === 0 || found.user_id !== user.id) throw new Refused("not_found");
		const view = withoutOwner(found);
		return { view, blocks: view.blocks, container: { type: "view", view_id: view.id } };
	}
	const channel = findVisible(world, user, place.channel);
	const ts = place.message_ts ?? "";
	const kept = world.store.message(channel.id, ts);
	const message = kept ?? world.store.ephemerals(channel.id, user.id).find((one) => one.ts === ts);
	if (message === undefined) throw new Refused("message_not_found");
	if (!isAppBotId(world.store, message.bot_id)) throw new Refused("not_an_app_message");
	const inAttachments = (message.attachments ?? []).flatMap(
		(attachment) => (attachment as { blocks?: unknown[] }).blocks ?? [],
	);
	return {
		channel,
		message,
		isEphemeral: kept === undefined,
		blocks: [...(message.blocks ?? []), ...inAttachments],
		container: {
			type: "message",
			message_ts: message.ts,
			channel_id: channel.id,
			is_ephemeral: kept === undefined,
			...(message.thread_ts ? { thread_ts: message.thread_ts } : {}),
		},
	};
}

/** @throws Refused `channel_not_found` */
export function findVisible(world: World, user: User, channelId: string | undefined): Channel {
	const channel = channelId === undefined ? undefined : world.store.channel(channelId);
	if (channel === undefined || !canSee(world, { userId: user.id, teamId: user.team_id }, channel)) {
		throw new Refused("channel_not_found");
	}
	return channel;
}

/** The message or view, as a payload shows it. */
export function surroundings(world: World, place: ReturnType<typeof locate>): Record<string, unknown> {
	if (place.view !== undefined) return { view: place.view };
	return {
		channel: { id: place.channel.id, name: channelName(place.channel) },
		message: showMessage(world, place.channel.id, place.message, true),
	};
}

/** A channel's name as commands and interactions show it. */
export function channelName(channel: Channel): string {
	if (channel.kind === "im") return "directmessage";
	return channel.kind === "group" ? "privategroup" : channel.name;
}

function withoutOwner({
	user_id: _user,
	open: _open,
	...view
}: View & { user_id: string; open: number }): View {
	return view;
}
