import type { z } from "zod";
import { SandboxError, type SandboxInfo, type SandboxProvider } from "../provider.ts";
import { followProcess } from "./follow-process.ts";

const MAX_OUTPUT_BYTES = 4 * 1024 * 1024;

/** Runs one of our programs of `guest/build/` inside and reads the JSON that it prints. */
export async function runAct<T>(
	provider: SandboxProvider,
	sandbox: SandboxInfo,
	act: {
		key: string;
		/** The file's name, for example `list-processes.mjs`. */
		program: string;
		args?: readonly string[];
		schema: z.ZodType<T>;
		signal: AbortSignal;
	},
): Promise<T> {
	const { key, program, args = [], schema, signal } = act;
	const words = [
		`${sandbox.toolsDir}/node/bin/node`,
		`${sandbox.toolsDir}/guest/build/${program}`,
		...args,
	].map(quote);
	const ref = await provider.spawn(sandbox.id, { key, command: `exec ${words.join(" ")} </dev/null` });
	const out: Uint8Array[] = [];
	const err: Uint8Array[] = [];
	let bytes = 0;
	const exitCode = await followProcess(provider, sandbox.id, ref, {
		signal,
		onOutput({ stdout, stderr }) {
			bytes += stdout.length + stderr.length;
			if (bytes > MAX_OUTPUT_BYTES) throw new SandboxError("invalid", `${program} printed too much.`);
			out.push(stdout);
			err.push(stderr);
		},
	});
	if (exitCode !== 0) {
		const said = Buffer.concat(err).toString().trim().slice(-500);
		throw new SandboxError("unavailable", `${program} ended with ${exitCode}: ${said}`);
	}
	return schema.parse(JSON.parse(Buffer.concat(out).toString()));
}

const quote = (word: string) => `'${word.replaceAll("'", "'\\''")}'`;
