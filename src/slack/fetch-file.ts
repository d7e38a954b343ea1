import type { WebClient } from "@slack/web-api";
import type { PromptFile } from "../contract/session.ts";
import { AppError } from "../errors.ts";
import { toCallFailure } from "./call-failure.ts";

const MAX_FILE_BYTES = 20 * 1024 * 1024;
const FETCH_TIMEOUT_MS = 60_000;
const FILE_HOST = "https://files.slack.com";

/**
 * Reads a file that came with a message. The bot token goes only to Slack's file host or the API's own host, and never
 * along a redirect.
 *
 * @throws AppError `file_too_large`, `file_refused` (not from Slack, no access, deleted), `slack_unavailable`
 */
export async function fetchFile(
	deps: { client: WebClient; botToken: string; apiUrl: string | null },
	file: PromptFile,
): Promise<Uint8Array> {
	if (file.sizeBytes > MAX_FILE_BYTES) throw tooLarge(file);
	const url = file.url === "" ? await askForUrl(deps.client, file) : file.url;
	const hosts = [FILE_HOST, ...(deps.apiUrl === null ? [] : [new URL(deps.apiUrl).origin])];
	if (!URL.canParse(url) || !hosts.includes(new URL(url).origin)) {
		throw new AppError(
			"file_refused",
			`The file ${file.name} does not lie at Slack, so I cannot read it. Upload it to Slack, or ask again without it.`,
		);
	}
	const response = await fetch(url, {
		headers: { authorization: `Bearer ${deps.botToken}` },
		redirect: "error",
		signal: AbortSignal.timeout(FETCH_TIMEOUT_MS),
	}).catch((cause: unknown) => {
		throw new AppError(
			"slack_unavailable",
			`The file ${file.name} could not be fetched from Slack. Try again in a minute.`,
			{
				retryable: true,
				cause,
			},
		);
	});
	if (!response.ok) {
		await response.body?.cancel();
		const passes = response.status >= 500 || response.status === 429;
		throw new AppError(
			"file_refused",
			`Slack answered ${response.status} for the file ${file.name}. ${passes ? "Try again in a minute." : "Upload it again, or ask again without it."}`,
			{ retryable: passes },
		);
	}
	const bytes = await readLimited(response, file);
	// With a wrong token or scope Slack answers 200 and its login page.
	const isPage = response.headers.get("content-type")?.startsWith("text/html") ?? false;
	if (isPage && bytes.byteLength !== file.sizeBytes) {
		throw new AppError(
			"file_refused",
			`Slack gave its login page instead of ${file.name}. Ask an admin whether Bobbin still has files:read, or ask again without the file.`,
		);
	}
	return bytes;
}

async function readLimited(response: Response, file: PromptFile): Promise<Uint8Array> {
	const chunks: Uint8Array[] = [];
	let size = 0;
	for await (const chunk of response.body ?? []) {
		size += chunk.byteLength;
		if (size > MAX_FILE_BYTES) throw tooLarge(file);
		chunks.push(chunk);
	}
	return Buffer.concat(chunks);
}

async function askForUrl(client: WebClient, file: PromptFile): Promise<string> {
	try {
		const answer = await client.files.info({ file: file.id });
		return answer.file?.url_private_download ?? answer.file?.url_private ?? "";
	} catch (cause) {
		const failure = toCallFailure(cause);
		throw failure.kind === "refused"
			? new AppError(
					"file_refused",
					`Slack does not show me the file ${file.name} (${failure.error}). Upload it again, or ask again without it.`,
					{
						cause,
					},
				)
			: new AppError(
					"slack_unavailable",
					`The file ${file.name} could not be fetched from Slack. Try again in a minute.`,
					{
						retryable: true,
						cause,
					},
				);
	}
}

function tooLarge(file: PromptFile): AppError {
	return new AppError(
		"file_too_large",
		`The file ${file.name} is larger than 20 MB, which is the most I take. Ask again with a smaller one, or without it.`,
	);
}
