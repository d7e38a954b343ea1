import type { WebClient } from "@slack/web-api";
import { isWholeChannel } from "../thread-place.ts";
import { toCallFailure } from "./call-failure.ts";

/** Metadata that marks everything we post, so that it is found again after a lost answer. */
export function deliveryMetadata(deliveryId: string) {
	return { event_type: "bobbin_delivery", event_payload: { id: deliveryId } };
}

/** The `ts` of a message of ours in a place; null if it was not posted. Rejects as the Web API does. */
export async function findDelivery(
	client: WebClient,
	at: { channelId: string; threadTs: string; deliveryId: string },
): Promise<string | null> {
	if (isWholeChannel(at)) return findInChannel(client, { ...at, sinceMs: 0 });
	let cursor: string | undefined;
	do {
		const page = await client.conversations
			.replies({
				channel: at.channelId,
				ts: at.threadTs,
				include_all_metadata: true,
				limit: 200,
				...(cursor === undefined ? {} : { cursor }),
			})
			.catch((error: unknown) => {
				const failure = toCallFailure(error);
				// The thread's first message was deleted: nothing of ours can be read there.
				if (failure.kind === "refused" && failure.error === "thread_not_found") return null;
				throw error;
			});
		const found = page?.messages?.find((message) => isDelivery(message, at.deliveryId));
		if (found !== undefined) return found.ts ?? null;
		cursor = page?.response_metadata?.next_cursor || undefined;
	} while (cursor !== undefined);
	return null;
}

/** Clocks of ours and of Slack's may differ. */
const CLOCK_SLACK_MS = 60_000;

/** The `ts` of a message of ours that was posted in a channel, in no thread, since some time. Rejects as the Web API does. */
export async function findInChannel(
	client: WebClient,
	at: { channelId: string; deliveryId: string; sinceMs: number },
): Promise<string | null> {
	let cursor: string | undefined;
	do {
		const page = await client.conversations.history({
			channel: at.channelId,
			oldest: (Math.max(0, at.sinceMs - CLOCK_SLACK_MS) / 1000).toFixed(6),
			include_all_metadata: true,
			limit: 200,
			...(cursor === undefined ? {} : { cursor }),
		});
		const found = page.messages?.find((message) => isDelivery(message, at.deliveryId));
		if (found !== undefined) return found.ts ?? null;
		cursor = page.response_metadata?.next_cursor || undefined;
	} while (cursor !== undefined);
	return null;
}

function isDelivery(
	{ metadata }: { metadata?: { event_type?: string | undefined; event_payload?: unknown } | undefined },
	deliveryId: string,
): boolean {
	if (metadata?.event_type !== "bobbin_delivery") return false;
	return (metadata.event_payload as { id?: unknown } | undefined)?.id === deliveryId;
}
