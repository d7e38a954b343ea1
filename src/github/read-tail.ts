import { AppError } from "../errors.ts";

/**
 * The last bytes of a text at an address that needs no credential, whatever its size; null: there is none, or no more.
 *
 * @throws AppError `github_unavailable` (retryable)
 */
export async function readTail(address: string, maxBytes: number, withinMs: number): Promise<string | null> {
	const unavailable = (cause: unknown) =>
		new AppError("github_unavailable", "GitHub did not answer (reading a log). It is tried again.", {
			retryable: true,
			cause,
		});
	try {
		const response = await fetch(address, { signal: AbortSignal.timeout(withinMs) });
		if (response.status >= 500) throw unavailable(new Error(`status ${response.status}`));
		if (!response.ok || response.body === null) {
			await response.body?.cancel();
			return null;
		}
		let pieces: Uint8Array[] = [];
		let size = 0;
		for await (const piece of response.body) {
			pieces.push(piece);
			size += piece.length;
			// A log may be larger than memory.
			if (size < 2 * maxBytes) continue;
			pieces = [Buffer.concat(pieces).subarray(-maxBytes)];
			size = maxBytes;
		}
		return Buffer.concat(pieces).subarray(-maxBytes).toString("utf8");
	} catch (error) {
		throw error instanceof AppError ? error : unavailable(error);
	}
}
