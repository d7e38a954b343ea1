import type { PromptFile } from "../../contract/session.ts";
import type { Db, Tx } from "../../db/client.ts";
import type { MaskedPart } from "../../db/schema/prompts.ts";
import { AppError } from "../../errors.ts";
import { type Enqueue, showThreadJob } from "../../jobs/queue.ts";
import { lockSent, replaceSent } from "../context/context-store.ts";
import { toCareEvents } from "../context/count-masked.ts";
import { appendEvents } from "../log/event-store.ts";
import { toSafeFileName } from "../names.ts";
import type { FetchFile, Mask, Sandboxes } from "../ports.ts";
import type { Claim } from "../queue/claim-prompt.ts";
import type { ReadySandbox } from "../sandbox/ensure-sandbox.ts";

const IMAGE_LIMIT_BYTES = 5 * 1024 * 1024;
/** What the source of a file says where it gives none, and never will. Their messages say why, as the end of a sentence. */
const REFUSED = new Set(["file_refused", "file_too_large"]);

export interface BringFilesDeps {
	db: Db;
	enqueue: Enqueue;
	now: () => number;
	sandboxes: Sandboxes;
	fetchFile: FetchFile;
	mask: Mask;
}

interface BroughtFile {
	name: string;
	mimeType: string;
	path: string;
	/** What a model can look at. */
	dataUrl: string | null;
}

/**
 * Puts a prompt's files into the sandbox, at `<home>/files/<prompt>/`, texts without their secrets. What its source
 * refuses is left out, and the thread is told.
 *
 * @throws AppError `file_unavailable`, or what the source of the file says where another try may help
 */
export async function bringFiles(
	deps: BringFilesDeps,
	claim: Claim,
	sandbox: ReadySandbox,
): Promise<BroughtFile[]> {
	const { files, id: promptId } = claim.prompt;
	if (files.length === 0) return [];
	const masked: MaskedPart[] = [];
	const refused = new Map<string, string>();
	const brought = await Promise.all(
		files.map(async (file, index) => {
			if (file.leftOut !== undefined) return [];
			const name = toSafeFileName(file.name, `file-${index + 1}`);
			const path = `${sandbox.info.homeDir}/files/${promptId}/${index + 1}-${name}`;
			const fetched = await fetchBytes(deps, file, claim);
			if (typeof fetched === "string") {
				refused.set(file.id, fetched);
				return [];
			}
			const { bytes, kinds } = await maskBytes(deps.mask, fetched);
			if (kinds.length > 0) masked.push({ part: `file:${file.id}`, kinds });
			await deps.sandboxes.writeFile(sandbox.info.id, path, bytes);
			const shown = file.mimeType.startsWith("image/") && bytes.byteLength <= IMAGE_LIMIT_BYTES;
			const dataUrl = shown ? `data:${file.mimeType};base64,${Buffer.from(bytes).toString("base64")}` : null;
			return [{ name: file.name, mimeType: file.mimeType, path, dataUrl }];
		}),
	);
	if (refused.size > 0 || masked.length > 0) {
		claim.prompt.files = files.map((file) => {
			const leftOut = refused.get(file.id);
			return leftOut === undefined ? file : { ...file, leftOut };
		});
		await deps.db.transaction().execute((tx) => note(deps, tx, { promptId, masked, refused }));
	}
	return brought.flat();
}

/** The bytes, or why there are none. */
async function fetchBytes(
	deps: Pick<BringFilesDeps, "fetchFile">,
	file: PromptFile,
	claim: Claim,
): Promise<Uint8Array | string> {
	try {
		return await deps.fetchFile(file, claim.prompt.origin);
	} catch (cause) {
		if (cause instanceof AppError && REFUSED.has(cause.code) && !cause.retryable) return cause.message;
		if (cause instanceof AppError) throw cause;
		throw new AppError(
			"file_unavailable",
			`The file ${file.name} could not be fetched. Try again, or ask again without it.`,
			{ retryable: true, cause },
		);
	}
}

async function maskBytes(mask: Mask, bytes: Uint8Array): Promise<{ bytes: Uint8Array; kinds: string[] }> {
	const given = readText(bytes);
	if (given === null) return { bytes, kinds: [] };
	const { text, kinds } = await mask(given);
	return kinds.length === 0 ? { bytes, kinds } : { bytes: new TextEncoder().encode(text), kinds };
}

/** Null: it is no text. */
function readText(bytes: Uint8Array): string | null {
	if (bytes.includes(0)) return null;
	try {
		return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
	} catch (error) {
		if (error instanceof TypeError) return null;
		throw error;
	}
}

/** Each part counts once, however often the turn is begun. */
async function note(
	deps: Pick<BringFilesDeps, "enqueue" | "now">,
	tx: Tx,
	found: { promptId: string; masked: MaskedPart[]; refused: ReadonlyMap<string, string> },
): Promise<void> {
	const { promptId } = found;
	const before = await lockSent(tx, promptId);
	if (before === undefined) return;
	const fresh = found.masked.filter(({ part }) => before.masked.every((known) => known.part !== part));
	const files = before.files.map((file) => {
		const leftOut = found.refused.get(file.id);
		return leftOut === undefined ? file : { ...file, leftOut };
	});
	const newlyOut = files.filter((file, index) => before.files[index]?.leftOut !== file.leftOut);
	const events = toCareEvents(promptId, { masked: fresh, files: newlyOut });
	if (events.length === 0) return;
	await replaceSent(tx, promptId, { files, masked: [...before.masked, ...fresh] });
	await appendEvents(tx, before.session_id, events, new Date(deps.now()));
	const job = { version: 1 as const, sessionId: before.session_id };
	await deps.enqueue(tx, showThreadJob, job, { key: before.session_id });
}
