import type { Caller } from "./caller.ts";
import { canSee } from "./channels.ts";
import { addMessage } from "./messages.ts";
import type { Channel, Message, User } from "./model.ts";
import { Refused } from "./refused.ts";
import { findPostable } from "./web-api/chat.ts";
import { newMessage } from "./web-api/content.ts";
import type { World } from "./world.ts";

/**
 * Forwards a message as a person does in Slack's own menu: a new message with the old one inside, as an attachment that
 * only Slack can make.
 *
 * @throws Refused `message_not_found`, or what posting there is refused with
 */
export function forwardMessage(
	world: World,
	caller: Caller,
	from: { channel: string; ts: string },
	to: { channel: string; text: string },
): Message {
	const source = world.store.channel(from.channel);
	const message = world.store.message(from.channel, from.ts);
	if (source === undefined || message === undefined || !canSee(world, caller, source)) {
		throw new Refused("message_not_found");
	}
	const target = findPostable(world, caller, to.channel);
	const draft = newMessage(world, caller, { text: to.text || "forwarded" });
	if (to.text === "") {
		draft.text = "";
		delete draft.blocks;
	}
	const author = world.store.user(message.user);
	return addMessage(world, target, { ...draft, attachments: [toShare(world, source, message, author)] });
}

function toShare(world: World, source: Channel, message: Message, author: User | undefined) {
	const blocks =
		message.blocks ?? (message.attachments ?? []).flatMap((one) => (one as Message).blocks ?? []);
	return {
		id: 1,
		is_share: true,
		is_msg_unfurl: true,
		color: "D0D0D0",
		ts: message.ts,
		channel_id: source.id,
		channel_name: source.name,
		channel_team: message.team,
		author_id: message.user,
		author_name: message.username ?? author?.real_name ?? "",
		author_subname: author?.name ?? "",
		from_url: `${world.url}/archives/${source.id}/p${message.ts.replace(".", "")}`,
		text: message.text,
		fallback: `[${message.ts}] ${author?.name ?? ""}: ${message.text}`,
		message_blocks: [{ team: message.team, channel: source.id, ts: message.ts, message: { blocks } }],
		...(message.files === undefined ? {} : { files: message.files }),
		footer: `Posted in ${source.name === "" ? "a conversation" : `#${source.name}`}`,
		mrkdwn_in: ["text"],
	};
}
