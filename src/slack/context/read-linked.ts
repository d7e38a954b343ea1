import type { WebClient } from "@slack/web-api";
import { z } from "zod";
import { AppError } from "../../errors.ts";
import { toCallFailure } from "../web-api/call-failure.ts";
import type { Directory } from "../web-api/directory.ts";
import { waitOut } from "../web-api/wait-out.ts";
import type { MessageLink } from "./links.ts";
import { MAX_PAUSES_MS } from "./read-thread.ts";
import { type SlackMessage, slackMessage } from "./slack-message.ts";

/** With a message that has a thread come its first replies. */
const MAX_MESSAGES = 15;
const MEMBERS_PAGE = 1_000;
const MAX_MEMBER_PAGES = 20;

const channelInfo = z.looseObject({
	name: z.string().nullish(),
	is_im: z.boolean().nullish(),
	is_mpim: z.boolean().nullish(),
	is_private: z.boolean().nullish(),
	is_ext_shared: z.boolean().nullish(),
});

interface LinkedMessages {
	channelName: string | null;
	messages: SlackMessage[];
}

/**
 * A message that somebody linked to, with its replies, if they may read it themselves: everybody of the workspace in a
 * public channel, else the members of it. Null: they may not, or nobody knows; whether it exists stays untold.
 */
export async function readLinked(
	deps: { client: WebClient; directory: Directory },
	link: MessageLink,
	userId: string,
	signal: AbortSignal,
): Promise<LinkedMessages | null> {
	try {
		return await waitOut(() => read(deps, link, userId), { withinMs: MAX_PAUSES_MS, signal });
	} catch (error) {
		if (!signal.aborted && !(error instanceof AppError)) toCallFailure(error);
		return null;
	}
}

async function read(
	{ client, directory }: { client: WebClient; directory: Directory },
	link: MessageLink,
	userId: string,
): Promise<LinkedMessages | null> {
	const { channel } = await client.conversations.info({ channel: link.channelId });
	const info = channelInfo.parse(channel ?? {});
	const isOpen = !(info.is_im || info.is_mpim || info.is_private || info.is_ext_shared);
	const { kind } = await directory.person(userId);
	const mayRead =
		channel !== undefined &&
		((isOpen && kind === "member") || (await isMember(client, link.channelId, userId)));
	if (!mayRead) return null;
	const answer = await client.conversations.replies({
		channel: link.channelId,
		ts: link.ts,
		limit: MAX_MESSAGES,
	});
	const messages = (answer.messages ?? []).flatMap((given) => slackMessage.safeParse(given).data ?? []);
	return { channelName: info.name ?? null, messages };
}

async function isMember(client: WebClient, channel: string, userId: string): Promise<boolean> {
	let cursor: string | undefined;
	for (let pages = 0; pages < MAX_MEMBER_PAGES; pages++) {
		const answer = await client.conversations.members({
			...{ channel, limit: MEMBERS_PAGE },
			...(cursor === undefined ? {} : { cursor }),
		});
		if (answer.members?.includes(userId)) return true;
		cursor = answer.response_metadata?.next_cursor || undefined;
		if (cursor === undefined) return false;
	}
	return false;
}
