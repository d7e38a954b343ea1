import { randomBytes } from "node:crypto";
import { chmodSync, linkSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { AppError } from "../errors.ts";
import { formatKeys, parseKeys } from "./parse-keys.ts";
import type { SealKey } from "./seal.ts";

const FILE = "encryption-keys";
const OWNER_ONLY = 0o600;

/** Keys in a file of the data folder, for where none are set. Read anew at each use, so that a rotation counts at once. */
export interface KeyFile {
	path: string;
	/** The current one first. @throws AppError `bad_config` */
	read(): SealKey[];
	/** Puts a new key in front. Not for two processes at the same time. */
	addKey(): void;
	/** Drops all but the current key and the `kept` before it. */
	dropOld(kept: number): void;
}

/** Opens the file, made with one key where there is none. Several processes may do this at the same time. */
export function openKeyFile(dataDir: string): KeyFile {
	const path = join(dataDir, FILE);
	const write = (keys: SealKey[], place: (draft: string) => void) => {
		const draft = `${path}.${randomBytes(6).toString("hex")}`;
		try {
			writeFileSync(draft, `${formatKeys(keys)}\n`, { mode: OWNER_ONLY, flag: "wx", flush: true });
			place(draft);
		} finally {
			rmSync(draft, { force: true });
		}
	};
	const read = () => parseKeys(readFileSync(path, "utf8"), path);
	const replace = (keys: SealKey[]) => write(keys, (draft) => renameSync(draft, path));

	try {
		// A link never takes the place of a file that is there.
		write([newKey()], (draft) => linkSync(draft, path));
	} catch (cause) {
		if ((cause as NodeJS.ErrnoException).code !== "EEXIST")
			throw new AppError("bad_config", `The key file ${path} cannot be made. Set ENCRYPTION_KEYS instead.`, {
				cause,
			});
		chmodSync(path, OWNER_ONLY);
	}
	return {
		path,
		read,
		addKey: () => replace([newKey(), ...read()]),
		dropOld: (kept) => replace(read().slice(0, 1 + kept)),
	};
}

function newKey(): SealKey {
	return { id: `k${randomBytes(4).toString("hex")}`, bytes: new Uint8Array(randomBytes(32)) };
}
