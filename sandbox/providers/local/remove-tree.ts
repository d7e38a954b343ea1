import { execFile } from "node:child_process";
import { rm } from "node:fs/promises";
import { promisify } from "node:util";
import { hasCode } from "./sandbox-failure.ts";

/** Removes a folder with all in it, also where programs have left folders that their owner may not write. */
export async function removeTree(dir: string): Promise<void> {
	// A copy whose process died may still be writing.
	const options = { recursive: true, force: true, maxRetries: 5, retryDelay: 50 };
	try {
		await rm(dir, options);
	} catch (error) {
		if (!hasCode(error, "EACCES", "EPERM")) throw error;
		await promisify(execFile)("chmod", ["-R", "u+rwX", dir]);
		await rm(dir, options);
	}
}
