// Runs inside the sandbox: draws how many lines the largest files have, and says the same in words.
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { deflateSync } from "node:zlib";

const BARS = 8;
const ROW = 34;
const WIDTH = 720;
const INK = [87, 96, 106];
const BAR = [9, 105, 218];
/** The digits from 0 to 9, three by five points each: one number a row, one bit a point. */
const SHAPES = ["75557", "26227", "71747", "71717", "55711", "74717", "74757", "71111", "75757", "75717"].map(
	(rows) => [...rows].map(Number),
);

const names = execFileSync("git", ["ls-files", "-z"], { encoding: "utf8" }).split("\0").filter(Boolean);
const files = names
	.map((name) => ({ name, bytes: readFileSync(name) }))
	.filter(({ bytes }) => !bytes.includes(0))
	.map(({ name, bytes }) => ({ name, lines: bytes.toString("utf8").split("\n").length - 1 }))
	.sort((a, b) => b.lines - a.lines || (a.name < b.name ? -1 : 1))
	.slice(0, BARS);
const most = Math.max(1, ...files.map(({ lines }) => lines));

const height = ROW * files.length + 16;
const pixels = Buffer.alloc((WIDTH * 3 + 1) * height, 255);
for (let y = 0; y < height; y++) pixels[y * (WIDTH * 3 + 1)] = 0;

function fill(left, top, width, tall, colour) {
	for (let y = top; y < top + tall; y++)
		for (let x = left; x < left + width; x++) pixels.set(colour, y * (WIDTH * 3 + 1) + 1 + x * 3);
}

function number(value, left, top) {
	[...String(value)].forEach((digit, at) => {
		SHAPES[Number(digit)].forEach((bits, row) => {
			for (let column = 0; column < 3; column++)
				if (bits & (4 >> column)) fill(left + at * 12 + column * 3, top + row * 3, 3, 3, INK);
		});
	});
}

files.forEach(({ lines }, index) => {
	const top = 8 + index * ROW;
	const width = Math.max(2, Math.round((lines / most) * (WIDTH - 130)));
	number(index + 1, 14, top + 9);
	fill(44, top + 4, width, ROW - 8, BAR);
	number(lines, 44 + width + 10, top + 9);
});

function crc32(bytes) {
	let sum = ~0;
	for (const byte of bytes) {
		sum ^= byte;
		for (let bit = 0; bit < 8; bit++) sum = sum & 1 ? (sum >>> 1) ^ 0xedb88320 : sum >>> 1;
	}
	return ~sum >>> 0;
}

function chunk(type, data) {
	const named = Buffer.concat([Buffer.from(type, "latin1"), data]);
	const ends = Buffer.alloc(8);
	ends.writeUInt32BE(data.length, 0);
	ends.writeUInt32BE(crc32(named), 4);
	return Buffer.concat([ends.subarray(0, 4), named, ends.subarray(4)]);
}

const header = Buffer.alloc(13);
header.writeUInt32BE(WIDTH, 0);
header.writeUInt32BE(height, 4);
header.set([8, 2], 8);
const path = join(homedir(), "chart.png");
writeFileSync(
	path,
	Buffer.concat([
		Buffer.from("\x89PNG\r\n\x1a\n", "latin1"),
		chunk("IHDR", header),
		chunk("IDAT", deflateSync(pixels)),
		chunk("IEND", Buffer.alloc(0)),
	]),
);
console.log(files.map(({ name, lines }) => `${lines} ${name}`).join("\n"));
