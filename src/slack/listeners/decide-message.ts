import { parseWord, type Word } from "../commands/parse-words.ts";
import { isQuoted } from "../context/message-text.ts";
import { mentionsUser, toPlainText } from "../text/from-slack.ts";
import type { MessageEvent } from "./message-event.ts";

/** What a message in Slack means for us. */
export type MessageDecision =
	| { do: "ignore"; why: "not_a_person" | "not_spoken" | "not_for_us" }
	| { do: "help" }
	| { do: "stop" }
	| { do: "word"; word: Exclude<Word, { word: "stop" }> }
	/** `addressed`: to us, beyond doubt. */
	| { do: "prompt"; addressed: boolean };

export interface MessageFacts {
	botUserId: string;
	/** Its thread, or all of its channel, has a session already. */
	mapped: boolean;
	/** The workspace lets other bots ask, with a mention each time. */
	allowBots: boolean;
}

const SPOKEN = new Set<string | undefined>([undefined, "file_share", "thread_broadcast"]);
const GREETING =
	/^((hi|hello|hey|good (morning|afternoon|evening))( (there|all|everyone|bobbin))?)?[\s.,!?]*$/i;

/**
 * Pure. A message is for us if it mentions the bot, stands in a direct message, or is said where a session has its
 * thread or channel. Edits, joins and our own messages never are, other bots only where the workspace says so.
 */
export function decideMessage(
	event: MessageEvent,
	{ botUserId, mapped, allowBots }: MessageFacts,
): MessageDecision {
	if (!SPOKEN.has(event.subtype)) return { do: "ignore", why: "not_spoken" };
	if (event.user === undefined || event.user === botUserId || event.user === "USLACKBOT") {
		return { do: "ignore", why: "not_a_person" };
	}
	if (event.bot_id && !(allowBots && event.type === "app_mention")) {
		return { do: "ignore", why: "not_a_person" };
	}
	const mentioned = event.type === "app_mention" || mentionsUser(event.text ?? "", botUserId);
	const addressed = mentioned || isDirect(event);
	if (!addressed && !mapped) return { do: "ignore", why: "not_for_us" };

	const words = toPlainText(event.text ?? "", { botUserId, users: new Map() });
	const word = parseWord(words);
	if (word?.word === "stop") return { do: "stop" };
	if ((event.files ?? []).length > 0 || (event.attachments ?? []).some(isQuoted))
		return { do: "prompt", addressed };
	if (word !== null) return { do: "word", word };
	// In a thread at work a lone "hi" is talk for the agent; only nothing at all is nothing.
	if (mapped ? words === "" : GREETING.test(words)) return { do: "help" };
	return { do: "prompt", addressed };
}

/** A direct message with the bot; `app_mention` does not say so, the form of the channel's id does. */
export function isDirect(event: MessageEvent): boolean {
	return event.channel_type === "im" || event.channel.startsWith("D");
}
