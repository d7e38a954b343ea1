import type { PromptContext } from "../../db/schema/prompts.ts";
import { AppError } from "../../errors.ts";
import { cut } from "../text/escape.ts";
import type { Directory } from "../web-api/directory.ts";

/** The first sign in the thread must not wait long for it. */
const WITHIN_MS = 400;
const MAX_TOPIC_CHARACTERS = 250;

/** What a channel is about. If Slack does not tell in time, the prompt goes on without it. */
export async function readChannel(
	directory: Pick<Directory, "channel">,
	channelId: string,
	withinMs = WITHIN_MS,
): Promise<Pick<PromptContext, "channelName" | "channelTopic">> {
	const { promise, resolve } = Promise.withResolvers<null>();
	const timer = setTimeout(() => resolve(null), withinMs);
	const reading = directory.channel(channelId).catch((error: unknown) => {
		if (error instanceof AppError) return null;
		throw error;
	});
	reading.catch(() => {});
	const channel = await Promise.race([reading, promise]).finally(() => clearTimeout(timer));
	return {
		...(channel?.name ? { channelName: channel.name } : {}),
		...(channel?.topic ? { channelTopic: cut(channel.topic, MAX_TOPIC_CHARACTERS) } : {}),
	};
}
