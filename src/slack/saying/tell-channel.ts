import type { RichTextBlock, SectionBlock } from "@slack/types";
import type { Log } from "../../log.ts";
import { fallback } from "../blocks/message.ts";
import type { PostOutcome } from "../showing/post.ts";
import { breakPings, cut, escapeMrkdwn } from "../text/escape.ts";
import { toCallFailure, toLater } from "../web-api/call-failure.ts";
import { deliveryIdOf } from "../web-api/delivery-id.ts";
import { deliveryMetadata, findDelivery, findInChannel } from "../web-api/read-back.ts";
import type { Workspaces } from "../web-api/workspaces.ts";

/** A line that belongs to no session, for a whole channel or for a thread. */
export interface ChannelLine {
	teamId: string;
	channelId: string;
	/** Left out: in no thread. */
	threadTs?: string | null;
	/** Plain text. */
	text: string;
	/** Output of a program, shown as it is. */
	quote: string | null;
	/** The same line has the same id: it is said once. */
	deliveryId: string;
	/** It was not said before then, in ms since 1970. */
	sinceMs: number;
}

/**
 * Says a line in a channel. Such lines are rare and whoever said it may have died before noting so: each time it is
 * looked for first.
 */
export function createTellChannel(deps: { workspaces: Workspaces; log: Log }) {
	const { workspaces, log } = deps;
	return async (line: ChannelLine): Promise<PostOutcome> => {
		const { teamId, channelId, threadTs = null } = line;
		const client = (await workspaces.of(teamId)).clients.deliver;
		const deliveryId = deliveryIdOf(line.deliveryId);
		try {
			const since = { channelId, deliveryId, sinceMs: line.sinceMs };
			const said = await (threadTs === null
				? findInChannel(client, since)
				: findDelivery(client, { channelId, threadTs, deliveryId }));
			if (said !== null) return { outcome: "shown" };
			await client.chat.postMessage({
				channel: channelId,
				...(threadTs === null ? {} : { thread_ts: threadTs }),
				text: fallback(escapeMrkdwn(line.text)),
				blocks: [plain(line.text), ...(line.quote === null ? [] : [preformatted(line.quote)])],
				metadata: deliveryMetadata(deliveryId),
			});
			return { outcome: "shown" };
		} catch (error) {
			const failure = toCallFailure(error);
			if (failure.kind !== "refused") return toLater(failure);
			log.warn({ channelId, error: failure.error }, "Slack does not let us speak in a channel");
			return { outcome: "shown" };
		}
	};
}

/** A section may have 3,000 characters. */
const MAX_SECTION_CHARACTERS = 3_000;

/** Nothing in these two is markup: a command that failed is somebody else's text. */
function plain(text: string): SectionBlock {
	const words = cut(breakPings(text), MAX_SECTION_CHARACTERS);
	return { type: "section", text: { type: "plain_text", text: words, emoji: false } };
}

function preformatted(text: string): RichTextBlock {
	return {
		type: "rich_text",
		elements: [{ type: "rich_text_preformatted", elements: [{ type: "text", text: breakPings(text) }] }],
	};
}
