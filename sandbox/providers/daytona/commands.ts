import { z } from "zod";
import { SandboxError, type SandboxProvider } from "../../provider.ts";
import { HOME, SECRETS_DIR, toInbox } from "./daytona-provider-deps.ts";
import type { HandsClient } from "./hands-client.ts";

/** No call is open for longer: proxies end what they think is stuck. */
const WAIT_SLICE_MS = 20_000;

const nothing = z.strictObject({});
const run = z.discriminatedUnion("done", [
	z.strictObject({ done: z.literal(false) }),
	z.strictObject({
		done: z.literal(true),
		exitCode: z.int(),
		stdout: z.string(),
		stderr: z.string(),
		truncated: z.boolean(),
	}),
]);
const found = z.strictObject({
	process: z.strictObject({ running: z.boolean(), exitCode: z.int().optional() }).nullable(),
});
const logs = z.strictObject({ stdout: z.base64(), stderr: z.base64() });
const file = z.strictObject({ bytes: z.base64().nullable() });

type Commands = Pick<
	SandboxProvider,
	"exec" | "spawn" | "proc" | "readLogs" | "kill" | "killStrays" | "readFile" | "writeFile"
>;

/** What is done inside a running sandbox. Every call is short, and may be repeated where its answer was lost. */
export function createCommands(deps: {
	hands: HandsClient;
	gatewayUrl: () => string;
	now: () => number;
	newId: () => string;
}): Commands {
	const { hands, now, newId } = deps;

	const toEnvironment = (env: Record<string, string> | undefined): Record<string, string> => ({
		HOME: HOME,
		BOBBIN_GATEWAY_URL: deps.gatewayUrl(),
		BOBBIN_SECRETS_DIR: SECRETS_DIR,
		LANG: "C.UTF-8",
		SHELL: "/bin/bash",
		...env,
	});

	/** Through a file: a value never shows in a command line. */
	async function upload(id: string, data: Uint8Array | string): Promise<string> {
		const bytes = typeof data === "string" ? Buffer.from(data) : Buffer.from(data);
		const path = toInbox(newId(), bytes.length);
		await hands.onRunning(id, (sandbox) => sandbox.fs.uploadFile(bytes, path));
		return path;
	}

	return {
		async exec(id, { command, cwd = HOME, env, timeoutMs, stdin }) {
			const runId = newId();
			const input = stdin === undefined ? null : await upload(id, stdin);
			const endsAtMs = now() + timeoutMs;
			const left = () => Math.max(0, Math.min(WAIT_SLICE_MS, endsAtMs - now()));
			const begin = { act: "run", id: runId, command, cwd, env: toEnvironment(env), stdin: input };
			let waitMs = left();
			let state = await hands.call(id, run, { ...begin, waitMs }, waitMs);
			while (!state.done && now() < endsAtMs) {
				waitMs = left();
				state = await hands.call(id, run, { act: "wait", id: runId, waitMs }, waitMs);
			}
			if (!state.done) {
				await hands.call(id, nothing, { act: "end", id: runId });
				throw new SandboxError("timeout", `The command took longer than ${timeoutMs} ms and was ended.`);
			}
			const { exitCode, stdout, stderr, truncated } = state;
			return { exitCode, stdout, stderr, truncated };
		},
		async spawn(id, { key, command, cwd = HOME, env }) {
			const request = { act: "spawn", key, id: newId(), command, cwd, env: toEnvironment(env) };
			await hands.call(id, nothing, request);
			return { key };
		},
		async proc(id, { key }) {
			const { process } = await hands.call(id, found, { act: "proc", key });
			if (process === null) return null;
			const { running, exitCode } = process;
			return exitCode === undefined ? { running } : { running, exitCode };
		},
		async readLogs(id, { key }, from) {
			const read = await hands.call(id, logs, { act: "logs", key, ...from });
			const stdout = new Uint8Array(Buffer.from(read.stdout, "base64"));
			const stderr = new Uint8Array(Buffer.from(read.stderr, "base64"));
			const next = { stdout: from.stdout + stdout.length, stderr: from.stderr + stderr.length };
			return { stdout, stderr, next };
		},
		async kill(id, { key }) {
			await hands.call(id, nothing, { act: "kill", key });
		},
		async killStrays(id, keep) {
			await hands.call(id, nothing, { act: "strays", keep: keep.map(({ key }) => key) });
		},
		async readFile(id, path) {
			const { bytes } = await hands.call(id, file, { act: "read", path });
			if (bytes !== null) return new Uint8Array(Buffer.from(bytes, "base64"));
			return new Uint8Array(await hands.onRunning(id, (sandbox) => sandbox.fs.downloadFile(path)));
		},
		async writeFile(id, path, data, mode) {
			const from = await upload(id, data);
			await hands.call(id, nothing, { act: "write", from, path, ...(mode === undefined ? {} : { mode }) });
		},
	};
}
