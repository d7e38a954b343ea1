import type { WebClient } from "@slack/web-api";
import type { Thread } from "../../contract/session.ts";
import type { AnswerFile } from "../blocks/answer-messages.ts";
import type { ClaimedMessage } from "../showing/message-store.ts";
import { inThread, isWholeChannel } from "../thread-place.ts";
import { type CallFailure, toCallFailure } from "./call-failure.ts";
import { CALL_TIMEOUT_MS } from "./clients.ts";
import { askFileHost, FileHostBusy } from "./file-host.ts";

/** Slack's file host did not take the bytes. */
class UploadFailed extends Error {}

/** Where files may not be put there is another way to say it: that the app may not is no reason to wait. */
const NO_FILES = new Set(["missing_scope"]);

export function toUploadFailure(error: unknown): CallFailure {
	if (error instanceof UploadFailed) return { kind: "unknown", error: "upload_failed" };
	const failure = toCallFailure(error);
	return failure.kind === "later" && NO_FILES.has(failure.error)
		? { kind: "refused", error: failure.error }
		: failure;
}

/**
 * Puts a file into a thread, once; gives the `ts` of its message or the file's id. A file that nobody shared stays
 * invisible and is begun anew.
 */
export async function showFile(
	client: WebClient,
	{ channelId, threadTs }: Thread,
	claimed: ClaimedMessage,
	file: AnswerFile,
): Promise<string> {
	if (claimed.ts !== null) return claimed.ts;
	const found = claimed.doubtful ? await findFile(client, { channelId, threadTs, name: file.name }) : null;
	if (found !== null) return found;
	const { name, title } = file;
	return putFile(client, { name, title, bytes: Buffer.from(file.text) }, { channelId, threadTs });
}

/** Uploads a file; gives its id. `place` left out: it stands nowhere, and the app alone sees it. */
export async function putFile(
	client: WebClient,
	file: { name: string; title: string; altText?: string; bytes: Uint8Array },
	place?: Pick<Thread, "channelId" | "threadTs">,
): Promise<string> {
	const { upload_url: url = "", file_id: id = "" } = await client.files.getUploadURLExternal({
		filename: file.name,
		length: file.bytes.byteLength,
		...(file.altText === undefined ? {} : { alt_txt: file.altText }),
	});
	await sendBytes(url, Uint8Array.from(file.bytes));
	const files: [{ id: string; title: string }] = [{ id, title: file.title }];
	await client.files.completeUploadExternal(
		place === undefined ? { files } : { files, channel_id: place.channelId, ...inThread(place) },
	);
	return id;
}

async function sendBytes(url: string, body: Uint8Array<ArrayBuffer>): Promise<void> {
	const signal = AbortSignal.timeout(CALL_TIMEOUT_MS);
	const answer = await askFileHost(url, { method: "POST", body, signal }).catch((cause: unknown) => {
		if (cause instanceof FileHostBusy) throw cause;
		throw new UploadFailed("the file's bytes did not arrive", { cause });
	});
	await answer.body?.cancel();
	if (!answer.ok) throw new UploadFailed(`the file host answered ${answer.status}`);
}

/** The `ts` of a message of ours in a thread with a file of this name. */
async function findFile(
	client: WebClient,
	at: { channelId: string; threadTs: string; name: string },
): Promise<string | null> {
	let cursor: string | undefined;
	do {
		const of = { channel: at.channelId, limit: 200, ...(cursor === undefined ? {} : { cursor }) };
		const page = isWholeChannel(at)
			? await client.conversations.history(of)
			: await client.conversations.replies({ ...of, ts: at.threadTs });
		const found = page.messages?.find(
			({ bot_id, files }) => bot_id !== undefined && files?.some(({ name }) => name === at.name),
		);
		if (found !== undefined) return found.ts ?? null;
		cursor = page.response_metadata?.next_cursor || undefined;
	} while (cursor !== undefined);
	return null;
}
