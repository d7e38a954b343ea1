import { rm } from "node:fs/promises";
import { SYSTEM_PATH } from "./launch.ts";
import { runProgram } from "./run-program.ts";
import { hasCode } from "./sandbox-failure.ts";

/** Removes a folder with all in it, also where programs have left folders that their owner may not write. */
export async function removeTree(dir: string): Promise<void> {
	// A copy whose process died may still be writing.
	const options = { recursive: true, force: true, maxRetries: 5, retryDelay: 50 };
	try {
		await rm(dir, options);
	} catch (error) {
		if (!hasCode(error, "EACCES", "EPERM")) throw error;
		// It fails where a file vanishes meanwhile; whether anything is left to be told, the second removal knows.
		await runProgram(["chmod", "-R", "u+rwX", dir], { path: SYSTEM_PATH });
		await rm(dir, options);
	}
}
