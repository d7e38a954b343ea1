import type { WebClient } from "@slack/web-api";
import type { PromptFile } from "../../contract/session.ts";
import { AppError } from "../../errors.ts";
import { MAX_FILE_BYTES, toPromptFile } from "../context/decide-files.ts";
import { slackFile } from "../context/slack-message.ts";
import { toCallFailure } from "./call-failure.ts";
import { askFileHost } from "./file-host.ts";
import { waitOut } from "./wait-out.ts";

const FETCH_TIMEOUT_MS = 60_000;
/** A turn waits for pauses that Slack asks for; longer ones end it, to be tried again. */
const MAX_PAUSES_MS = 15_000;
const FILE_HOST = "https://files.slack.com";

/**
 * Reads a file that came with a message. The bot token goes only to Slack's file host or the API's own host, and never
 * along a redirect.
 *
 * @throws AppError `file_too_large`, `file_refused` (not from Slack, no access, deleted, none of the kinds that are
 * taken), whose messages say why as the end of a sentence; `slack_unavailable` (retryable)
 */
export async function fetchFile(
	deps: { client: WebClient; botToken: string; apiUrl: string | null },
	given: PromptFile,
): Promise<Uint8Array> {
	// Of a file of a shared channel the message says nothing but its id.
	const file = given.url === "" ? await askAbout(deps.client, given) : given;
	if (file.leftOut !== undefined) throw refused(file.leftOut);
	if (file.sizeBytes > MAX_FILE_BYTES) throw tooLarge();
	const hosts = [FILE_HOST, ...(deps.apiUrl === null ? [] : [new URL(deps.apiUrl).origin])];
	if (!URL.canParse(file.url) || !hosts.includes(new URL(file.url).origin)) {
		throw refused("it does not lie at Slack");
	}
	const ask = () =>
		askFileHost(file.url, {
			headers: { authorization: `Bearer ${deps.botToken}` },
			signal: AbortSignal.timeout(FETCH_TIMEOUT_MS),
		});
	const response = await waitOut(ask, { withinMs: MAX_PAUSES_MS }).catch((cause: unknown) => {
		throw unavailable(file, cause);
	});
	if (!response.ok) {
		await response.body?.cancel();
		if (response.status >= 500) throw unavailable(file);
		throw refused(
			response.status === 404 || response.status === 410 ? "it was deleted" : "Slack does not show it to me",
		);
	}
	const bytes = await readLimited(response);
	// With a wrong token or scope Slack answers 200 and its login page.
	const isPage = response.headers.get("content-type")?.startsWith("text/html") ?? false;
	if (isPage && bytes.byteLength !== file.sizeBytes) {
		throw refused("Slack gave its login page instead; ask an admin whether I still have files:read");
	}
	return bytes;
}

async function readLimited(response: Response): Promise<Uint8Array> {
	const chunks: Uint8Array[] = [];
	let size = 0;
	for await (const chunk of response.body ?? []) {
		size += chunk.byteLength;
		if (size > MAX_FILE_BYTES) throw tooLarge();
		chunks.push(chunk);
	}
	return Buffer.concat(chunks);
}

async function askAbout(client: WebClient, file: PromptFile): Promise<PromptFile> {
	try {
		const answer = await waitOut(() => client.files.info({ file: file.id }), { withinMs: MAX_PAUSES_MS });
		const told = slackFile.safeParse(answer.file);
		return told.success ? toPromptFile(told.data) : file;
	} catch (cause) {
		const failure = toCallFailure(cause);
		if (failure.kind !== "refused") throw unavailable(file, cause);
		throw refused(
			failure.error === "file_deleted" ? "it was deleted" : "Slack does not show it to me",
			cause,
		);
	}
}

function refused(why: string, cause?: unknown): AppError {
	return new AppError("file_refused", why, { cause });
}

function tooLarge(): AppError {
	return new AppError("file_too_large", "it is larger than 20 MB");
}

function unavailable(file: PromptFile, cause?: unknown): AppError {
	return new AppError(
		"slack_unavailable",
		`The file ${file.name} could not be fetched from Slack. Try again in a minute.`,
		{ retryable: true, cause },
	);
}
