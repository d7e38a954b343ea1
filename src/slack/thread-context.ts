import type { WebClient } from "@slack/web-api";
import type { PromptContext } from "../db/schema.ts";
import { toCallFailure } from "./call-failure.ts";
import type { Directory } from "./directory.ts";
import { cut } from "./text/escape.ts";
import { mentionedUsers, toPlainText } from "./text/from-slack.ts";

/** The first sign in the thread must not wait long for what was said around it. */
const CHANNEL_WITHIN_MS = 400;
const THREAD_WITHIN_MS = 1_500;
const MAX_MESSAGES = 50;
const MAX_MESSAGE_CHARACTERS = 4_000;

/**
 * What was said around a message: its channel, and the thread before it if `threadTs` is given. Whatever Slack does not
 * tell in time stays away; the prompt goes on without it.
 */
export async function readContext(
	deps: { client: WebClient; directory: Directory; botUserId: string },
	at: { channelId: string; threadTs: string | null; messageTs: string },
): Promise<PromptContext> {
	const [channel, thread] = await Promise.all([
		within(CHANNEL_WITHIN_MS, deps.directory.channel(at.channelId)),
		at.threadTs === null
			? null
			: within(THREAD_WITHIN_MS, readThread(deps, { ...at, threadTs: at.threadTs })),
	]);
	return {
		...(channel?.name ? { channelName: channel.name } : {}),
		...(channel?.topic ? { channelTopic: cut(channel.topic, 250) } : {}),
		...(thread && thread.length > 0 ? { thread } : {}),
	};
}

async function readThread(
	{ client, directory, botUserId }: { client: WebClient; directory: Directory; botUserId: string },
	at: { channelId: string; threadTs: string; messageTs: string },
): Promise<NonNullable<PromptContext["thread"]>> {
	const answer = await client.conversations
		.replies({ channel: at.channelId, ts: at.threadTs, latest: at.messageTs, limit: MAX_MESSAGES })
		.catch((error: unknown) => {
			toCallFailure(error);
			return null;
		});
	const messages = (answer?.messages ?? []).filter(
		(message) => message.ts !== undefined && Number(message.ts) < Number(at.messageTs) && message.text,
	);
	const users = await directory.names([
		...new Set(
			messages.flatMap((message) => [
				...(message.user === undefined ? [] : [message.user]),
				...mentionedUsers(message.text ?? ""),
			]),
		),
	]);
	return messages.map((message) => ({
		author: users.get(message.user ?? "") ?? message.user ?? "someone",
		text: cut(toPlainText(message.text ?? "", { botUserId, users }), MAX_MESSAGE_CHARACTERS),
	}));
}

async function within<T>(limitMs: number, work: Promise<T>): Promise<T | null> {
	const { promise, resolve } = Promise.withResolvers<null>();
	const timer = setTimeout(() => resolve(null), limitMs);
	try {
		return await Promise.race([work, promise]);
	} finally {
		clearTimeout(timer);
	}
}
