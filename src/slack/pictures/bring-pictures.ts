import type { WebClient } from "@slack/web-api";
import type { Log } from "../../log.ts";
import { EXTENSION_OF } from "../../sessions/pictures/picture-type.ts";
import type { PictureView } from "../../sessions/session-view.ts";
import type { Sessions } from "../../sessions/sessions.ts";
import type { PostOutcome } from "../showing/post.ts";
import { toLater } from "../web-api/call-failure.ts";
import { putFile, toUploadFailure } from "../web-api/upload-file.ts";
import { chooseShown } from "./picture-blocks.ts";
import type { SlackPicture, SlackPictureStore } from "./slack-picture-store.ts";

/** Slack looks through what is uploaded; after so long nobody waits for it any more. */
const LOOKED_THROUGH_WITHIN_MS = 60_000;
const LOOK_AGAIN_MS = 1_000;

/**
 * Brings a session's pictures to a workspace, each once, and says which of Slack's files a message may show now. They
 * are put there without a channel, so that they stand in no thread but in the message that shows them.
 */
export type BringPictures = (
	at: { client: WebClient; teamId: string; sessionId: string },
	pictures: readonly PictureView[],
) => Promise<{ files: ReadonlyMap<string, string>; result: PostOutcome }>;

export function createBringPictures(deps: {
	store: SlackPictureStore;
	readPicture: Sessions["readPicture"];
	now: () => number;
	log: Log;
}): BringPictures {
	const { store, log } = deps;

	/** Slack's file, if a message may show it now; null: never; else when to look again. */
	async function bring(
		{ client, teamId, sessionId }: Parameters<BringPictures>[0],
		{ id: pictureId, title, type }: PictureView,
		known: SlackPicture | undefined,
	): Promise<string | null | { retryAfterMs: number }> {
		if (known?.fileId === null) return null;
		if (known?.isReady) return known.fileId;
		const at = new Date(deps.now());
		const giveUp = async (why: string) => {
			log.warn({ sessionId, pictureId, error: why }, "Slack does not take a picture");
			if (known === undefined) await store.keep({ pictureId, teamId, fileId: null, at });
			else await store.refuse(teamId, [known.fileId ?? ""]);
			return null;
		};
		try {
			let fileId = known?.fileId;
			if (fileId === undefined) {
				const picture = await deps.readPicture({ sessionId, pictureId });
				if (picture === null) return null;
				const name = `picture-${pictureId.slice(0, 8)}.${EXTENSION_OF[type]}`;
				fileId = await putFile(client, { name, title, altText: title, bytes: picture.bytes });
				await store.keep({ pictureId, teamId, fileId, at });
			}
			const { file } = await client.files.info({ file: fileId });
			// Empty until Slack has looked it through.
			if (file?.mimetype) {
				await store.setReady({ pictureId, teamId, at });
				return fileId;
			}
			const waitedMs = deps.now() - (known?.uploadedAt ?? at).getTime();
			return waitedMs < LOOKED_THROUGH_WITHIN_MS
				? { retryAfterMs: LOOK_AGAIN_MS }
				: await giveUp("not looked through");
		} catch (error) {
			const failure = toUploadFailure(error);
			if (failure.kind === "refused") return giveUp(failure.error);
			return { retryAfterMs: toLater(failure).retryAfterMs };
		}
	}

	return async (at, pictures) => {
		const shown = [...Map.groupBy(pictures, ({ promptId }) => promptId).values()].flatMap(chooseShown);
		const rows = await store.load(
			at.teamId,
			shown.map(({ id }) => id),
		);
		const known = new Map(rows.map((row) => [row.pictureId, row]));
		const files = new Map<string, string>();
		let retryAfterMs = 0;
		for (const picture of shown) {
			const found = await bring(at, picture, known.get(picture.id));
			if (typeof found === "string") files.set(picture.id, found);
			else if (found !== null) retryAfterMs = Math.max(retryAfterMs, found.retryAfterMs);
		}
		return { files, result: retryAfterMs === 0 ? { outcome: "shown" } : { outcome: "later", retryAfterMs } };
	};
}
