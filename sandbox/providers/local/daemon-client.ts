import type { Duplex } from "node:stream";
import { errors, Pool } from "undici";
import { z } from "zod";
import { SandboxError } from "../../provider.ts";
import { hasCode, toSandboxError } from "./sandbox-failure.ts";

/** The answer of a sandbox is not trusted: it is bounded, and checked below. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;
const ANSWER_WITHIN_MS = 30_000;

const failure = z.object({ error: z.object({ code: z.string(), message: z.string() }) });
const nothing = z.object({});
const health = z.object({ gatewayPort: z.int() });
const execResult = z.object({
	exitCode: z.int(),
	stdout: z.string(),
	stderr: z.string(),
	truncated: z.boolean(),
});
const processState = z.object({
	process: z.object({ running: z.boolean(), exitCode: z.int().optional() }).nullable(),
});
const logs = z.object({ stdout: z.base64(), stderr: z.base64() });

type Method = "GET" | "POST" | "PUT";

/** Speaks with the daemon of one sandbox. */
export interface DaemonClient {
	health(): Promise<z.infer<typeof health>>;
	exec(command: ExecCommand): Promise<z.infer<typeof execResult>>;
	start(process: { key: string; command: string; cwd?: string; env?: Record<string, string> }): Promise<void>;
	find(key: string): Promise<{ running: boolean; exitCode?: number } | null>;
	kill(key: string): Promise<void>;
	killStrays(keep: string[]): Promise<void>;
	readLogs(
		key: string,
		from: { stdout: number; stderr: number },
	): Promise<{ stdout: Uint8Array; stderr: Uint8Array }>;
	readFile(path: string): Promise<Uint8Array>;
	writeFile(path: string, data: Uint8Array | string, mode?: number): Promise<void>;
	connect(port: number): Promise<Duplex>;
	close(): Promise<void>;
}

interface ExecCommand {
	command: string;
	cwd?: string;
	env?: Record<string, string>;
	timeoutMs: number;
	stdin?: string;
}

export function createDaemonClient(socketPath: string): DaemonClient {
	const pool = new Pool("http://sandbox", {
		connect: { socketPath },
		maxResponseSize: MAX_ANSWER_BYTES,
		bodyTimeout: ANSWER_WITHIN_MS,
	});

	async function call(
		method: Method,
		path: string,
		body?: string | Uint8Array,
		withinMs = ANSWER_WITHIN_MS,
	): Promise<Buffer> {
		try {
			const response = await pool.request({ method, path, body: body ?? null, headersTimeout: withinMs });
			const bytes = Buffer.from(await response.body.arrayBuffer());
			if (response.statusCode === 200) return bytes;
			const { error } = failure.parse(JSON.parse(bytes.toString("utf8")));
			throw toSandboxError(error.code, error.message);
		} catch (error) {
			throw translateCall(error);
		}
	}
	async function callFor<T>(schema: z.ZodType<T>, ...request: Parameters<typeof call>): Promise<T> {
		const bytes = await call(...request);
		try {
			return schema.parse(JSON.parse(bytes.toString("utf8")));
		} catch (cause) {
			throw new SandboxError("unavailable", "The sandbox gave an answer that makes no sense.", { cause });
		}
	}

	return {
		health: () => callFor(health, "GET", "/health"),
		exec: (command) =>
			callFor(execResult, "POST", "/exec", JSON.stringify(command), command.timeoutMs + ANSWER_WITHIN_MS),
		async start(process) {
			await callFor(nothing, "POST", "/processes", JSON.stringify(process));
		},
		async find(key) {
			const { process } = await callFor(processState, "GET", `/processes?${new URLSearchParams({ key })}`);
			if (process === null) return null;
			const { running, exitCode } = process;
			return exitCode === undefined ? { running } : { running, exitCode };
		},
		async kill(key) {
			await callFor(nothing, "POST", "/processes/kill", JSON.stringify({ key }));
		},
		async killStrays(keep) {
			await callFor(nothing, "POST", "/strays/kill", JSON.stringify({ keep }));
		},
		async readLogs(key, from) {
			const query = new URLSearchParams({ key, stdout: String(from.stdout), stderr: String(from.stderr) });
			const { stdout, stderr } = await callFor(logs, "GET", `/logs?${query}`);
			return { stdout: Buffer.from(stdout, "base64"), stderr: Buffer.from(stderr, "base64") };
		},
		readFile: (path) => call("GET", `/file?${new URLSearchParams({ path })}`),
		async writeFile(path, data, mode) {
			const query = new URLSearchParams({ path, ...(mode === undefined ? {} : { mode: String(mode) }) });
			await call("PUT", `/file?${query}`, data);
		},
		async connect(port) {
			try {
				const { statusCode, socket } = await pool.connect({ path: `127.0.0.1:${port}` });
				if (statusCode === 200) return socket;
				socket.destroy();
			} catch (error) {
				throw translateCall(error);
			}
			throw new SandboxError("unavailable", `Nothing listens on port ${port} of the sandbox.`, {
				retryable: true,
			});
		},
		close: () => pool.destroy(),
	};
}

function translateCall(error: unknown): unknown {
	if (error instanceof SandboxError) return error;
	if (hasCode(error, "ECONNREFUSED", "ENOENT")) {
		return new SandboxError("conflict", "The sandbox is not running.", { cause: error });
	}
	if (error instanceof errors.HeadersTimeoutError || error instanceof errors.BodyTimeoutError) {
		return new SandboxError("timeout", "The sandbox did not answer in time.", { cause: error });
	}
	return new SandboxError("unavailable", "The connection to the sandbox broke off.", {
		retryable: true,
		cause: error,
	});
}
