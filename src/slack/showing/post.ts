import type { WebClient } from "@slack/web-api";
import type { Thread } from "../../contract/session.ts";
import type { Log } from "../../log.ts";
import type { OutgoingMessage } from "../blocks/message.ts";
import { isUnknownWorkspace } from "../install/lifecycle.ts";
import { shownFiles } from "../pictures/picture-blocks.ts";
import type { SlackPictureStore } from "../pictures/slack-picture-store.ts";
import { inThread } from "../thread-place.ts";
import { type CallFailure, toCallFailure, toLater } from "../web-api/call-failure.ts";
import { CALL_TIMEOUT_MS, MAX_TURN_WAIT_MS } from "../web-api/clients.ts";
import { deliveryMetadata, findDelivery } from "../web-api/read-back.ts";
import { showFile, toUploadFailure } from "../web-api/upload-file.ts";
import type { ClaimedMessage, MessageStore } from "./message-store.ts";
import { showReaction } from "./show-reaction.ts";
import type { Wanted } from "./thread-view.ts";

export type PostOutcome =
	/** `refused`: Slack's code, where it said no for good. */
	{ outcome: "shown"; refused?: string } | { outcome: "later"; retryAfterMs: number };

/** Brings one thing in a thread to what it should be. The only door through which sessions write to Slack. */
export type Post = (input: {
	client: WebClient;
	sessionId: string;
	thread: Thread;
	wanted: Wanted;
}) => Promise<PostOutcome>;

/** Outlives any call, so that a claim never ends while its call is still under way. */
const LEASE_MS = CALL_TIMEOUT_MS + 2 * MAX_TURN_WAIT_MS.deliver + 5_000;
const GONE = "gone:";
/** What is kept of a message that is being edited: nobody knows which of the two it shows until that is written down. */
const EDITING = "editing";
const BAD_BLOCKS = new Set(["invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long"]);

export const isGone = (shown: string | null): boolean => shown?.startsWith(GONE) ?? false;

export function createPost(deps: {
	store: MessageStore;
	pictures: Pick<SlackPictureStore, "refuse">;
	newId: () => string;
	log: Log;
}): Post {
	const { store, newId, log } = deps;

	return async ({ client, sessionId, thread, wanted }) => {
		const claim = await store.claim(
			{
				sessionId,
				key: wanted.key,
				deliveryId: newId(),
				teamId: thread.teamId,
				channelId: thread.channelId,
			},
			LEASE_MS,
		);
		if (claim.outcome === "busy") return { outcome: "later", retryAfterMs: claim.retryAfterMs };
		const held = { sessionId, key: wanted.key, attempt: claim.message.attempt };
		if (claim.message.shown === wanted.hash || isGone(claim.message.shown)) {
			await store.release(held);
			return { outcome: "shown" };
		}
		const startSeq = wanted.kind === "message" ? wanted.startSeq : null;
		try {
			const note = (shown: string) => store.note(held, shown);
			const ts = await bring(client, thread, { claimed: claim.message, note }, wanted);
			await store.record(held, { ts, shown: wanted.hash, shownSeq: startSeq });
			return { outcome: "shown" };
		} catch (error) {
			const letGo = () =>
				claim.message.ts === null && !claim.message.doubtful ? store.forget(held) : store.release(held);
			if (isUnknownWorkspace(error)) {
				// Nothing was said: it is there to be shown should the app be installed again.
				await letGo();
				throw error;
			}
			const failure = wanted.kind === "file" ? toUploadFailure(error) : toCallFailure(error);
			const about = { sessionId, key: wanted.key, error: failure.error };
			switch (failure.kind) {
				case "refused":
					if (wanted.kind === "message" && hasPictures(wanted.message) && BAD_BLOCKS.has(failure.error)) {
						log.warn(about, "Slack does not show the pictures of a message");
						await deps.pictures.refuse(thread.teamId, shownFiles(wanted.message.blocks));
						await letGo();
						// It is drawn without them now.
						return { outcome: "later", retryAfterMs: 1 };
					}
					// Deleted by a person, channel archived, bot removed: never touched again.
					log.warn(about, "Slack does not let us show this");
					await store.record(held, {
						ts: claim.message.ts,
						shown: `${GONE}${failure.error}`,
						shownSeq: startSeq,
					});
					// What was to be read in a file is said in messages now.
					return wanted.kind === "file"
						? { outcome: "later", retryAfterMs: 1 }
						: { outcome: "shown", refused: failure.error };
				case "later":
					await letGo();
					return toLater(failure);
				case "unknown":
					log.warn(about, "the answer of Slack was lost");
					await store.release(held);
					return toLater(failure);
				default:
					return failure satisfies never;
			}
		}
	};
}

function bring(
	client: WebClient,
	thread: Thread,
	{ claimed, note }: { claimed: ClaimedMessage; note: (shown: string) => Promise<void> },
	wanted: Wanted,
): Promise<string | null> {
	switch (wanted.kind) {
		case "message":
			return showMessage(client, thread, { claimed, note }, wanted.message);
		case "file":
			return showFile(client, thread, claimed, wanted.file);
		case "reaction":
			return showReaction(client, thread, claimed, wanted, note);
		default:
			return wanted satisfies never;
	}
}

async function showMessage(
	client: WebClient,
	thread: Thread,
	{ claimed, note }: { claimed: ClaimedMessage; note: (shown: string) => Promise<void> },
	message: OutgoingMessage,
): Promise<string> {
	const { channelId, threadTs } = thread;
	// Before it is called: its answer may be lost, and what was shown before be wanted again by then.
	if (claimed.ts !== null) await note(EDITING);
	const ts =
		claimed.ts ??
		(claimed.doubtful
			? await findDelivery(client, { channelId, threadTs, deliveryId: claimed.deliveryId })
			: null);
	return withPlainFallback(message, async (content) => {
		const common = { channel: channelId, ...content, metadata: deliveryMetadata(claimed.deliveryId) };
		if (ts !== null) {
			await client.chat.update({ ...common, ts });
			return ts;
		}
		const answer = await client.chat.postMessage({
			...common,
			...inThread(thread),
		});
		return answer.ts ?? "";
	});
}

const hasPictures = (message: OutgoingMessage) => shownFiles(message.blocks).length > 0;

/**
 * Blocks that Slack refuses are a fault of ours; the words must get through all the same. Where it may be the pictures,
 * the message is drawn again without them first.
 */
async function withPlainFallback(
	message: OutgoingMessage,
	call: (content: { text: string; blocks: OutgoingMessage["blocks"] }) => Promise<string>,
): Promise<string> {
	try {
		return await call(message);
	} catch (error) {
		const failure: CallFailure = toCallFailure(error);
		if (failure.kind !== "refused" || !BAD_BLOCKS.has(failure.error) || hasPictures(message)) throw error;
		return call({ text: message.text, blocks: [] });
	}
}
