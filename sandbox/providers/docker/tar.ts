/** One entry of an archive. Paths are relative to the folder that it is unpacked in. */
export interface TarEntry {
	path: string;
	kind: "file" | "folder" | "link";
	mode: number;
	/** User and group. */
	owner: number;
	/** A file's text, or where a link leads. */
	content?: string;
}

const BLOCK_BYTES = 512;
const TYPES = { file: "0", folder: "5", link: "2" };

/** A tar archive (POSIX ustar) of a few small entries with short paths, as the Docker API takes them. */
export function packTar(entries: TarEntry[]): Buffer {
	const blocks = entries.flatMap((entry) => {
		const body = entry.kind === "file" ? Buffer.from(entry.content ?? "") : Buffer.alloc(0);
		return [toHeader(entry, body.length), body, Buffer.alloc(-body.length & (BLOCK_BYTES - 1))];
	});
	return Buffer.concat([...blocks, Buffer.alloc(2 * BLOCK_BYTES)]);
}

function toHeader({ path, kind, mode, owner, content }: TarEntry, sizeBytes: number): Buffer {
	const header = Buffer.alloc(BLOCK_BYTES);
	const octal = (value: number, at: number, width: number) =>
		header.write(`${value.toString(8).padStart(width - 1, "0")}\0`, at);
	header.write(path, 0, 100);
	octal(mode, 100, 8);
	octal(owner, 108, 8);
	octal(owner, 116, 8);
	octal(sizeBytes, 124, 12);
	octal(0, 136, 12);
	header.write(TYPES[kind], 156);
	if (kind === "link") header.write(content ?? "", 157, 100);
	header.write("ustar\x0000", 257);
	// The sum is taken over the header with spaces in the sum's place.
	header.fill(" ", 148, 156);
	header.write(
		`${header
			.reduce((sum, byte) => sum + byte, 0)
			.toString(8)
			.padStart(6, "0")}\0 `,
		148,
	);
	return header;
}
