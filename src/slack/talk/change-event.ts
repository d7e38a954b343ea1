import { z } from "zod";

const said = z.looseObject({
	ts: z.string(),
	thread_ts: z.string().optional(),
	user: z.string().optional(),
	bot_id: z.string().nullish(),
	subtype: z.string().optional(),
	text: z.string().nullish(),
	edited: z.looseObject({ user: z.string().optional() }).nullish(),
});

const changed = z.looseObject({
	type: z.literal("message"),
	subtype: z.literal("message_changed"),
	channel: z.string(),
	message: said,
	previous_message: said.nullish(),
});

const deleted = z.looseObject({
	type: z.literal("message"),
	subtype: z.literal("message_deleted"),
	channel: z.string(),
	deleted_ts: z.string(),
	previous_message: said.nullish(),
});

const reacted = z.looseObject({
	type: z.literal("reaction_added"),
	user: z.string(),
	reaction: z.string(),
	item: z.looseObject({ type: z.literal("message"), channel: z.string(), ts: z.string() }),
});

const closed = z.looseObject({
	type: z.literal("user_change"),
	user: z.looseObject({ id: z.string(), deleted: z.literal(true) }),
});

/** What people changed about a message, as far as it concerns us. `threadTs`: of its thread, or its own. */
export type MessageChange =
	| {
			do: "edit";
			channelId: string;
			ts: string;
			threadTs: string;
			userId: string;
			text: string;
			/** All of it, as Slack has it now. */
			message: object;
	  }
	| { do: "delete"; channelId: string; ts: string; threadTs: string }
	/** Somebody's account was closed. */
	| { do: "leave"; userId: string }
	/** ✋: it was talk. 👀: it was for us. */
	| { do: "react"; channelId: string; ts: string; userId: string; as: "talk" | "prompt" };

/** Its names at Slack, without the colour of the skin. */
const REACTIONS: Record<string, "talk" | "prompt" | undefined> = {
	raised_hand: "talk",
	hand: "talk",
	eyes: "prompt",
};

/**
 * Pure. Null: it is no change, or one that means nothing: links that unfold, our own edits and reactions, other emoji,
 * and what apps change. A parent with replies that is deleted leaves a mark, which Slack tells as a change.
 *
 * @param ourUserId null: not known; then our own reactions must be told apart later
 */
export function readChange(event: unknown, ourUserId: string | null): MessageChange | null {
	const reaction = reacted.safeParse(event).data;
	if (reaction !== undefined) {
		const { user: userId, item } = reaction;
		const as = REACTIONS[reaction.reaction.replace(/::skin-tone-\d$/, "")];
		if (as === undefined || userId === ourUserId) return null;
		return { do: "react", channelId: item.channel, ts: item.ts, userId, as };
	}
	const leaver = closed.safeParse(event).data;
	if (leaver !== undefined) return { do: "leave", userId: leaver.user.id };
	const deletion = deleted.safeParse(event).data;
	if (deletion !== undefined) {
		const { channel: channelId, deleted_ts: ts, previous_message: previous } = deletion;
		if (previous?.bot_id) return null;
		return { do: "delete", channelId, ts, threadTs: previous?.thread_ts ?? ts };
	}
	const change = changed.safeParse(event).data;
	if (change === undefined) return null;
	const { channel: channelId, message, previous_message: previous } = change;
	const { ts } = message;
	const at = { channelId, ts, threadTs: message.thread_ts ?? ts };
	if (message.subtype === "tombstone") return previous?.bot_id ? null : { do: "delete", ...at };
	const isOwnEdit = message.user !== undefined && message.edited?.user === message.user;
	const text = message.text ?? "";
	if (message.bot_id || message.user === undefined || !isOwnEdit || text === previous?.text) return null;
	return { do: "edit", ...at, userId: message.user, text, message };
}

/** Whether an event tells of a change, whatever it means. */
export function isChange(event: { type: string; subtype?: string | undefined }): boolean {
	if (event.type === "reaction_added" || event.type === "user_change") return true;
	return (
		event.type === "message" && (event.subtype === "message_changed" || event.subtype === "message_deleted")
	);
}
