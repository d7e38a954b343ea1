/** Reads a request's whole body, unless it is larger than `maxBytes`. */
export async function readBody(
	request: Request,
	maxBytes: number,
): Promise<Uint8Array<ArrayBuffer> | "too_large"> {
	if (Number(request.headers.get("content-length") ?? 0) > maxBytes) return "too_large";
	const pieces: Uint8Array[] = [];
	let size = 0;
	for await (const piece of request.body ?? []) {
		size += piece.length;
		if (size > maxBytes) return "too_large";
		pieces.push(piece);
	}
	return Uint8Array.from(Buffer.concat(pieces));
}
