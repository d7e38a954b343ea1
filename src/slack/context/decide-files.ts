import type { PromptFile } from "../../contract/session.ts";
import type { SlackFile } from "./slack-message.ts";

export const MAX_FILE_BYTES = 20 * 1024 * 1024;
const MAX_FILES = 10;
const MAX_TOTAL_BYTES = 50 * 1024 * 1024;

/** What Slack calls a file and is none: it has no bytes to fetch, or they are a page of Slack's. */
const MODES: Record<string, string> = {
	external: "it does not lie at Slack",
	tombstone: "it was deleted",
	hidden_by_limit: "Slack hides it for its age",
	space: "I cannot read posts; paste the text",
	post: "I cannot read posts; paste the text",
	quip: "I cannot read canvases; paste the text",
	canvas: "I cannot read canvases; paste the text",
	list: "I cannot read lists; paste the text",
	email: "I cannot read emails; paste the text",
};
const BARRED = /\.(exe|msi|dll|dmg|pkg|app|deb|rpm|apk|ipa|iso|img|jar|com|scr|bat|cmd)$/i;
const BARRED_TYPE =
	/^application\/(x-msdownload|x-ms-installer|x-apple-diskimage|vnd\.android\.package-archive|x-executable|x-iso9660-image)/;

/** Pure. Which files of a message the agent gets; `leftOut` says why not. What is not known yet is decided when it is fetched. */
export function decideFiles(given: readonly SlackFile[]): PromptFile[] {
	return limitFiles(given.map(toPromptFile));
}

/** Pure. No more files than a prompt may bring, and no more bytes. */
export function limitFiles(files: readonly PromptFile[]): PromptFile[] {
	let count = 0;
	let totalBytes = 0;
	return files.map((file) => {
		if (file.leftOut !== undefined) return file;
		if (count >= MAX_FILES) return { ...file, leftOut: `I take ${MAX_FILES} files at once` };
		if (totalBytes + file.sizeBytes > MAX_TOTAL_BYTES) {
			return { ...file, leftOut: "together they are larger than 50 MB" };
		}
		count++;
		totalBytes += file.sizeBytes;
		return file;
	});
}

/** Pure. */
export function toPromptFile(given: SlackFile): PromptFile {
	const file: PromptFile = {
		id: given.id,
		name: given.name || given.title || given.id,
		mimeType: given.mimetype || "application/octet-stream",
		sizeBytes: Math.max(0, Math.trunc(given.size ?? 0)),
		url: given.url_private_download ?? given.url_private ?? "",
	};
	const leftOut = decideLeftOut(given, file);
	return leftOut === null ? file : { ...file, leftOut };
}

function decideLeftOut(given: SlackFile, file: PromptFile): string | null {
	const mode = MODES[given.mode ?? ""];
	if (mode !== undefined) return mode;
	const access = given.file_access ?? "visible";
	if (access !== "visible" && access !== "check_file_info") return "Slack does not show it to me";
	if (/^(audio|video)\//.test(file.mimeType)) return "I cannot listen or watch";
	if (BARRED.test(file.name) || BARRED_TYPE.test(file.mimeType)) return "I take no programs";
	if (file.sizeBytes > MAX_FILE_BYTES) return "it is larger than 20 MB";
	return null;
}
