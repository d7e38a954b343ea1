import { createHash } from "node:crypto";
import { access, chmod, constants, mkdir, stat, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { AppError } from "./errors.ts";

export interface DataDir {
	/** Ours alone. */
	dir: string;
	/** A folder that other users of this machine may enter: PostgreSQL and sandboxes run as such when we are root. */
	sharedDir: string;
}

/**
 * Makes the data folder and finds the folder for what runs under another user id. That is the data folder itself,
 * or, where we are root and the clone lies behind a folder that only root may enter, one under /var/lib.
 *
 * @throws AppError `data_dir_not_writable`
 */
export async function prepareDataDir(path: string, uid = process.getuid?.() ?? -1): Promise<DataDir> {
	const dir = resolve(path);
	let made: string | undefined;
	try {
		made = await mkdir(dir, { recursive: true });
		await access(dir, constants.W_OK);
		await writeFile(join(dir, ".gitignore"), "*\n");
	} catch (cause) {
		throw new AppError(
			"data_dir_not_writable",
			`The data folder ${dir} cannot be written. Make it writable, or set DATA_DIR to a folder that is.`,
			{ cause },
		);
	}
	if (uid !== 0) return { dir, sharedDir: dir };
	// Whatever the umask is. A folder that was there before keeps the mode that somebody chose.
	if (made !== undefined) await chmod(dir, 0o755);
	if (await mayBeEnteredByOthers(dir)) return { dir, sharedDir: dir };
	const sharedDir = `/var/lib/bobbin-${createHash("sha256").update(dir).digest("hex").slice(0, 12)}`;
	await mkdir(sharedDir, { recursive: true });
	await chmod(sharedDir, 0o755);
	return { dir, sharedDir };
}

async function mayBeEnteredByOthers(dir: string): Promise<boolean> {
	for (let folder = dir; ; folder = dirname(folder)) {
		if (((await stat(folder)).mode & 0o001) === 0) return false;
		if (folder === dirname(folder)) return true;
	}
}
