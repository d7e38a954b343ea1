import type { WebClient } from "@slack/web-api";
import { z } from "zod";
import { toCallFailure } from "../web-api/call-failure.ts";
import { waitOut } from "../web-api/wait-out.ts";
import { type SlackMessage, slackMessage } from "./slack-message.ts";

/** Most threads come whole with one call. */
const FIRST_PAGE = 200;
const NEXT_PAGE = 1_000;
const MAX_PAGES = 12;
/** Slack may ask for pauses; longer ones are not worth it. */
export const MAX_PAUSES_MS = 4_000;
/** So many are kept of the beginning and of the end. */
const FIRST_MESSAGES = 5;
const LAST_MESSAGES = 50;

const page = z.looseObject({
	messages: z.array(z.unknown()).nullish(),
	has_more: z.boolean().nullish(),
	response_metadata: z.looseObject({ next_cursor: z.string().nullish() }).nullish(),
});

/**
 * A thread up to a message of it, which is not among them: its first messages and its last ones, and how many lie
 * between. Slack gives the oldest first, so a long one takes some calls. What Slack refuses, or does not tell before
 * the signal ends, is left out: then it is the beginning, with the rest among those that lie between.
 */
export async function readThread(
	client: WebClient,
	at: { channelId: string; threadTs: string; beforeTs: string },
	isWanted: (message: SlackMessage) => boolean,
	signal: AbortSignal,
): Promise<{ messages: SlackMessage[]; leftOut: number }> {
	const first: SlackMessage[] = [];
	let last: SlackMessage[] = [];
	let read = 0;
	let replies = 0;
	let wanted = 0;
	let cursor: string | undefined;
	for (let pages = 0; pages < MAX_PAGES && !signal.aborted; pages++) {
		const answer = await readPage(client, at, cursor, signal);
		if (answer === null) break;
		for (const given of answer.messages ?? []) {
			const message = slackMessage.safeParse(given).data;
			if (message === undefined || message.ts >= at.beforeTs) continue;
			read++;
			replies = Math.max(replies, message.reply_count ?? 0);
			if (!isWanted(message)) continue;
			wanted++;
			if (first.length < FIRST_MESSAGES) first.push(message);
			else last.push(message);
		}
		last = last.slice(-LAST_MESSAGES);
		cursor = answer.response_metadata?.next_cursor || undefined;
		if (!answer.has_more || cursor === undefined) {
			return { messages: [...first, ...last], leftOut: wanted - first.length - last.length };
		}
	}
	// Its end was not reached: what was read last is not what was said last.
	return {
		messages: first,
		leftOut: read === 0 ? 0 : Math.max(wanted, replies) - first.length,
	};
}

async function readPage(
	client: WebClient,
	at: { channelId: string; threadTs: string; beforeTs: string },
	cursor: string | undefined,
	signal: AbortSignal,
): Promise<z.infer<typeof page> | null> {
	const ask = () =>
		client.conversations.replies({
			channel: at.channelId,
			ts: at.threadTs,
			latest: at.beforeTs,
			limit: cursor === undefined ? FIRST_PAGE : NEXT_PAGE,
			...(cursor === undefined ? {} : { cursor }),
		});
	try {
		return page.parse(await waitOut(ask, { withinMs: MAX_PAUSES_MS, signal }));
	} catch (error) {
		if (!signal.aborted) toCallFailure(error);
		return null;
	}
}
