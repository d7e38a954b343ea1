import type { WebClient } from "@slack/web-api";
import { toCallFailure } from "./call-failure.ts";

/** Metadata that marks everything we post, so that it is found again after a lost answer. */
export function deliveryMetadata(deliveryId: string) {
	return { event_type: "bobbin_delivery", event_payload: { id: deliveryId } };
}

/** The `ts` of a message of ours in a thread; null if it was not posted. Rejects as the Web API does. */
export async function findDelivery(
	client: WebClient,
	at: { channelId: string; threadTs: string; deliveryId: string },
): Promise<string | null> {
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
		for (const message of page?.messages ?? []) {
			const { metadata } = message;
			if (metadata?.event_type !== "bobbin_delivery") continue;
			if ((metadata.event_payload as { id?: unknown } | undefined)?.id === at.deliveryId)
				return message.ts ?? null;
		}
		cursor = page?.response_metadata?.next_cursor || undefined;
	} while (cursor !== undefined);
	return null;
}
