import { AppError } from "../../errors.ts";
import type { Log } from "../../log.ts";
import type { OutgoingMessage } from "../blocks/message.ts";
import { inThread } from "../thread-place.ts";
import { type CallFailure, toCallFailure } from "../web-api/call-failure.ts";
import type { Workspaces } from "../web-api/workspaces.ts";

/** Something that only one person is to see. */
interface PrivateLine {
	teamId: string;
	/** At Slack. */
	userId: string;
	/** Where they are; null: nowhere that we know of. */
	channelId: string | null;
	threadTs?: string | undefined;
	/** A text is Slack's mrkdwn, already escaped. */
	message: string | OutgoingMessage;
}

/**
 * Says something privately: where the person is, or in the conversation with us where Slack does not let us speak there.
 * Once said, such a line is nowhere to be read back, so that it may be said twice, and is lost where both is refused.
 *
 * @throws AppError `slack_unavailable` (retryable)
 */
export type Whisper = (line: PrivateLine) => Promise<void>;

export function createWhisper(deps: { workspaces: Workspaces; log: Log }): Whisper {
	const { workspaces, log } = deps;
	return async ({ teamId, userId, channelId, threadTs, message }) => {
		const { chat } = (await workspaces.of(teamId)).clients.deliver;
		const content = typeof message === "string" ? { text: message } : message;
		const here = async (channel: string) =>
			refusalOf(
				chat.postEphemeral({
					channel,
					user: userId,
					...content,
					...(threadTs === undefined ? {} : inThread({ threadTs })),
				}),
			);
		const refused = channelId === null ? "nowhere" : await here(channelId);
		if (refused === null) return;
		// A person's id as the channel is the conversation with them.
		const direct = await refusalOf(chat.postMessage({ channel: userId, ...content }));
		if (direct !== null) log.info({ refused, direct }, "a private line was not said");
	};
}

/** Slack's code where it said no for good; null: it was done. */
async function refusalOf(call: Promise<unknown>): Promise<string | null> {
	try {
		await call;
		return null;
	} catch (cause) {
		const failure: CallFailure = toCallFailure(cause);
		if (failure.kind === "refused") return failure.error;
		throw new AppError("slack_unavailable", `Slack did not take a private line (${failure.error}).`, {
			retryable: true,
			cause,
		});
	}
}
