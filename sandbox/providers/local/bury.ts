import { randomUUID } from "node:crypto";
import { mkdir, rename } from "node:fs/promises";
import { basename, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { openRoot } from "./layout.ts";
import type { LocalLog } from "./local-provider-deps.ts";
import { removeTree } from "./remove-tree.ts";
import { hasCode } from "./sandbox-failure.ts";

const PATIENCE_MS = 1000;

/** Takes a folder away at once; a large one is removed in our own time, and what is not done at our end at the next start. */
export async function bury(rootDir: string, dir: string, log: LocalLog): Promise<void> {
	const grave = join(rootDir, "trash", `${basename(dir)}.${randomUUID()}`);
	try {
		await openRoot(rootDir);
		await mkdir(join(rootDir, "trash"), { recursive: true, mode: 0o700 });
		await rename(dir, grave);
	} catch (error) {
		if (hasCode(error, "ENOENT")) return;
		throw error;
	}
	const removal = removeTree(grave).catch((error) =>
		log.warn({ err: error, dir: grave }, "deleted files could not be removed"),
	);
	await Promise.race([removal, delay(PATIENCE_MS, undefined, { ref: false })]);
}
