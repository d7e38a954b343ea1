import { crc32, deflateSync } from "node:zlib";

/** A whole PNG of one colour; another `shade` (0-255) gives other bytes. */
export function aPng(shade = 0, size = { width: 48, height: 24 }): Buffer {
	const { width, height } = size;
	const header = Buffer.alloc(13);
	header.writeUInt32BE(width, 0);
	header.writeUInt32BE(height, 4);
	// Eight bits a channel, red, green and blue.
	header.set([8, 2], 8);
	const row = Buffer.alloc(1 + width * 3, shade).fill(0, 0, 1);
	const pixels = deflateSync(Buffer.concat(Array.from({ length: height }, () => row)));
	const signature = Buffer.from("\x89PNG\r\n\x1a\n", "latin1");
	return Buffer.concat([
		signature,
		chunk("IHDR", header),
		chunk("IDAT", pixels),
		chunk("IEND", Buffer.alloc(0)),
	]);
}

function chunk(type: string, data: Buffer): Buffer {
	const named = Buffer.concat([Buffer.from(type, "latin1"), data]);
	const length = Buffer.alloc(4);
	length.writeUInt32BE(data.length);
	const sum = Buffer.alloc(4);
	sum.writeUInt32BE(crc32(named));
	return Buffer.concat([length, named, sum]);
}
