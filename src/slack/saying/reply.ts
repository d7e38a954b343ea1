import { AppError } from "../../errors.ts";
import type { Log } from "../../log.ts";
import { inThread } from "../thread-place.ts";
import { toCallFailure } from "../web-api/call-failure.ts";
import { deliveryMetadata, findDelivery } from "../web-api/read-back.ts";
import type { Workspaces } from "../web-api/workspaces.ts";

/** Says a line in a thread that has no session to show it: help, a refusal, an apology. */
export type Reply = (line: {
	teamId: string;
	channelId: string;
	/** Empty: in no thread. */
	threadTs: string;
	/** Slack's mrkdwn, already escaped. */
	text: string;
	/** The same line has the same id: it is said once. */
	deliveryId: string;
	/** It may have been said before: look first. */
	doubtful: boolean;
}) => Promise<void>;

/** @throws AppError `slack_unavailable`: nobody knows whether it was said; say it again with `doubtful`. */
export function createReply(deps: { workspaces: Workspaces; log: Log }): Reply {
	const { workspaces, log } = deps;
	return async ({ teamId, channelId, threadTs, text, deliveryId, doubtful }) => {
		const client = (await workspaces.of(teamId)).clients.deliver;
		try {
			if (doubtful && (await findDelivery(client, { channelId, threadTs, deliveryId })) !== null) return;
			await client.chat.postMessage({
				channel: channelId,
				...inThread({ threadTs }),
				text,
				metadata: deliveryMetadata(deliveryId),
			});
		} catch (cause) {
			const failure = toCallFailure(cause);
			if (failure.kind === "refused") {
				log.warn({ channelId, threadTs, error: failure.error }, "Slack does not let us answer here");
				return;
			}
			throw new AppError("slack_unavailable", `Slack did not take a reply (${failure.error}).`, {
				retryable: true,
				cause,
			});
		}
	};
}
