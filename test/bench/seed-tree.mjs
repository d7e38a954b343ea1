// Makes a folder of files by a seed: `node seed-tree.mjs <folder> <files> <bytes in all>`. Runs inside a sandbox.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const [folder = "tree", files = "50000", bytes = "1000000000"] = process.argv.slice(2);
const FILES_PER_FOLDER = 100;

/** xorshift32: the same files each time. */
let state = 0x2545f491;
function next() {
	state ^= state << 13;
	state ^= state >>> 17;
	state ^= state << 5;
	return state >>> 0;
}

const average = Number(bytes) / Number(files);
const pool = Buffer.alloc(4 * Math.ceil(average));
for (let at = 0; at + 4 <= pool.length; at += 4) pool.writeUInt32LE(next(), at);

for (let number = 0; number < Number(files); number++) {
	const dir = join(folder, `d${Math.floor(number / FILES_PER_FOLDER)}`);
	if (number % FILES_PER_FOLDER === 0) mkdirSync(dir, { recursive: true });
	const size = Math.floor(average / 2 + (next() % Math.ceil(average)));
	const from = next() % (pool.length - size);
	writeFileSync(join(dir, `f${number}.bin`), pool.subarray(from, from + size));
}
