import { randomUUID } from "node:crypto";
import { constants } from "node:fs";
import { lstat, mkdir, open, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";

const MAX_READ_BYTES = 32 * 1024 * 1024;

const failure = (code, message) => Object.assign(new Error(message), { code });

/** Reads a regular file of up to 32 MiB. Non-blocking open: a pipe with no writer would hold us for ever. */
export async function readFileWhole(path) {
	const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
	try {
		if (!(await file.stat()).isFile()) throw failure("EINVAL", `${path} is not a regular file.`);
		const chunks = [];
		for (let bytes = 0; ; ) {
			const { bytesRead, buffer } = await file.read(Buffer.alloc(256 * 1024));
			if (bytesRead === 0) return Buffer.concat(chunks);
			bytes += bytesRead;
			if (bytes > MAX_READ_BYTES) throw failure("EFBIG", `${path} is larger than 32 MiB.`);
			chunks.push(buffer.subarray(0, bytesRead));
		}
	} finally {
		await file.close();
	}
}

/** Writes a file, making its folders. A regular file appears whole or not at all; a link or device is written through. */
export async function writeFileWhole(path, data, mode) {
	await mkdir(dirname(path), { recursive: true });
	const present = await lstat(path).catch((error) => {
		if (error.code === "ENOENT") return null;
		throw error;
	});
	if (present !== null && !present.isFile()) {
		await writeFile(path, data);
		return;
	}
	const beside = `${path}.${randomUUID()}.partial`;
	try {
		const file = await open(beside, "wx", mode ?? 0o644);
		try {
			if (mode !== null) await file.chmod(mode);
			else if (present !== null) await file.chmod(present.mode & 0o7777);
			await file.writeFile(data);
		} finally {
			await file.close();
		}
		await rename(beside, path);
	} catch (error) {
		await rm(beside, { force: true });
		throw error;
	}
}
