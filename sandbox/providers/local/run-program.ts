import { spawn } from "node:child_process";
import { SandboxError } from "../../provider.ts";
import { hasCode } from "./sandbox-failure.ts";

const MAX_OUTPUT_CHARS = 100_000;

export type ProgramRun = { outcome: "done"; exitCode: number; output: string } | { outcome: "missing" };

/**
 * Runs a program of this machine to its end, with nothing of our environment.
 *
 * @param options.path where it is looked for
 * @returns both streams as one text; `missing` where there is no such program
 * @throws SandboxError `unavailable` where the caller gave up
 */
export function runProgram(
	[file = "", ...args]: string[],
	options: { path: string; timeoutMs?: number; signal?: AbortSignal | undefined },
): Promise<ProgramRun> {
	const { signal } = options;
	return new Promise((resolve, reject) => {
		const child = spawn(file, args, {
			env: { PATH: options.path, LC_ALL: "C.UTF-8" },
			stdio: ["ignore", "pipe", "pipe"],
			killSignal: "SIGKILL",
			...(signal ? { signal } : {}),
		});
		// Not spawn's own limit, whose timer outlives a program that could not be started.
		const timer =
			options.timeoutMs === undefined
				? undefined
				: setTimeout(() => child.kill("SIGKILL"), options.timeoutMs);
		let output = "";
		const add = (chunk: Buffer) => {
			if (output.length < MAX_OUTPUT_CHARS) output += chunk;
		};
		child.stdout.on("data", add);
		child.stderr.on("data", add);
		child.on("error", (error) => {
			clearTimeout(timer);
			// One that was started has not ended yet: that is told by its close.
			if (signal?.aborted && child.pid !== undefined) return;
			if (hasCode(error, "ENOENT", "EACCES")) resolve({ outcome: "missing" });
			else reject(error);
		});
		child.on("close", (code) => {
			clearTimeout(timer);
			if (signal?.aborted) reject(new SandboxError("unavailable", "The caller gave up."));
			else resolve({ outcome: "done", exitCode: code ?? 1, output });
		});
	});
}
