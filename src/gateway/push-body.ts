import { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { type ReceivePackHead, type RefCommand, readReceivePackHead } from "./receive-pack-commands.ts";
import { toPacket } from "./receive-pack-report.ts";

/** Room for some five thousand refs in one push. */
const COMMANDS_MAX_BYTES = 1024 * 1024;

/** Version 2, no objects, and the SHA-1 of that. The format: git's documentation, gitformat-pack. */
export const EMPTY_PACK = Buffer.from(
	"5041434b0000000200000000029d08823bd8a8eab510ad6ac75c823cfd3ed31e",
	"hex",
);

/** Git may compress what it sends; it is passed on as it was before. */
export function unpack(request: Request, body: ReadableStream<Uint8Array>): Readable {
	const readable = Readable.fromWeb(body as never);
	if (!request.headers.get("content-encoding")?.includes("gzip")) return readable;
	return readable.compose(createGunzip()) as Readable;
}

/** The commands of a push; `read` is what was read for them, `rest` what comes then. */
export async function readHead(
	body: Readable,
): Promise<{ head: ReceivePackHead; read: Buffer; rest: AsyncIterator<Buffer> }> {
	const rest: AsyncIterator<Buffer> = body[Symbol.asyncIterator]();
	let pieces: Buffer[] = [];
	let size = 0;
	let lookAt = 0;
	for (;;) {
		const { done, value } = await rest.next();
		if (value !== undefined) pieces.push(value);
		size += value?.length ?? 0;
		// Read from its beginning whenever it has doubled: for each of many small pieces would keep us busy for minutes.
		if (!done && size < lookAt && size <= COMMANDS_MAX_BYTES) continue;
		lookAt = 2 * size;
		const read = Buffer.concat(pieces);
		pieces = [read];
		const head = readReceivePackHead(read);
		if (head.state !== "incomplete" || done) return { head, read, rest };
		if (size > COMMANDS_MAX_BYTES) {
			return { head: { state: "malformed", reason: "it has too many commands" }, read, rest };
		}
	}
}

export function toStream(first: Buffer, rest?: AsyncIterator<Buffer>): ReadableStream<Uint8Array> {
	return Readable.toWeb(Readable.from(joined(first, rest))) as ReadableStream<Uint8Array>;
}

/** The head of a push: what is `shallow` first, then the commands, the first with the capabilities. */
export function toHead(shallow: string[], commands: RefCommand[], capabilities: string[]): Buffer {
	const lines = commands.map(({ oldOid, newOid, ref }, index) =>
		index === 0 ? `${oldOid} ${newOid} ${ref}\0${capabilities.join(" ")}` : `${oldOid} ${newOid} ${ref}`,
	);
	return Buffer.concat([...[...shallow, ...lines].map(toPacket), Buffer.from("0000")]);
}

async function* joined(first: Buffer, rest?: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
	yield first;
	while (rest !== undefined) {
		const { done, value } = await rest.next();
		if (done) return;
		yield value;
	}
}
