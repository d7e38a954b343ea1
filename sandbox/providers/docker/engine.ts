import type { Readable } from "node:stream";
import { errors, Pool } from "undici";
import { z } from "zod";
import { SandboxError, type SandboxErrorCode } from "../../provider.ts";
import { hasCode } from "../local/sandbox-failure.ts";

/** The newest version of the API that this code was written against; an older engine's own is taken instead. */
const NEWEST_MINOR = 47;
const ANSWER_WITHIN_MS = 60_000;

/** Docker Engine API, "Responses": `{message}` with a status. Podman answers the same. */
const CODES: Record<number, { code: SandboxErrorCode; retryable?: boolean }> = {
	400: { code: "invalid" },
	401: { code: "unsupported" },
	403: { code: "unsupported" },
	404: { code: "not_found" },
	409: { code: "conflict" },
	429: { code: "rate_limited", retryable: true },
};
const failure = z.object({ message: z.string() });
const version = z.object({ ApiVersion: z.string(), MinAPIVersion: z.string().optional() });

interface EngineRequest {
	method: "GET" | "POST" | "PUT" | "DELETE" | "HEAD";
	/** Begins with a slash; names in it are encoded. */
	path: string;
	query?: Record<string, string>;
	json?: unknown;
	/** A tar archive. */
	tar?: Buffer | Readable;
	/** Statuses that are no failure, beside 2xx. */
	also?: number[];
	/** How long the engine may work before it answers. */
	withinMs?: number;
}

/** Speaks the Docker Engine API: any engine that offers it. Failures are SandboxErrors, by status. */
export interface Engine {
	/** Where it is reached, as it was set. */
	readonly host: string;
	/** The checked answer. */
	ask<T>(schema: z.ZodType<T>, request: EngineRequest): Promise<T>;
	/** The checked answer to GET; null where there is no such thing. */
	find<T>(schema: z.ZodType<T>, path: string): Promise<T | null>;
	/** The status; the answer is not looked at. */
	tell(request: EngineRequest): Promise<number>;
	/** The answer's text. */
	read(request: EngineRequest): Promise<Buffer>;
	/** The answer as it comes: to be read to its end or destroyed. */
	stream(request: EngineRequest): Promise<Readable>;
	close(): Promise<void>;
}

/**
 * @param host `unix:///path` or `tcp://127.0.0.1:port`: the engine must see this machine's folders
 * @throws SandboxError `unsupported` for another kind of address
 */
export function createEngine(host: string): Engine {
	const pool = openPool(host);
	let prefix: Promise<string> | null = null;

	async function send(path: string, request: EngineRequest) {
		try {
			const { method, query, json, tar, withinMs } = request;
			const body = tar ?? (json === undefined ? null : JSON.stringify(json));
			return await pool.request({
				method,
				path: query === undefined ? path : `${path}?${new URLSearchParams(query)}`,
				body,
				headers: body === null ? {} : { "content-type": tar ? "application/x-tar" : "application/json" },
				headersTimeout: withinMs ?? ANSWER_WITHIN_MS,
				bodyTimeout: withinMs ?? ANSWER_WITHIN_MS,
			});
		} catch (error) {
			throw translateCall(error, host);
		}
	}
	async function open(request: EngineRequest) {
		prefix ??= negotiate().catch((error) => {
			prefix = null;
			throw error;
		});
		const answer = await send(`${await prefix}${request.path}`, request);
		const { statusCode } = answer;
		if ((statusCode >= 200 && statusCode < 300) || request.also?.includes(statusCode)) return answer;
		throw toFailure(statusCode, await answer.body.text(), request);
	}
	/** Engines refuse versions that are too new or too old for them. */
	async function negotiate(): Promise<string> {
		const answer = await send("/version", { method: "GET", path: "/version" });
		const text = await answer.body.text();
		if (answer.statusCode !== 200)
			throw toFailure(answer.statusCode, text, { method: "GET", path: "/version" });
		const { ApiVersion, MinAPIVersion } = parseAs(version, text);
		const [newest, oldest] = [ApiVersion, MinAPIVersion ?? ApiVersion].map(minorOf);
		return `/v1.${Math.max(Math.min(NEWEST_MINOR, newest ?? NEWEST_MINOR), oldest ?? 0)}`;
	}
	const collect = async (request: EngineRequest) => {
		const { statusCode, body } = await open(request);
		try {
			return { statusCode, bytes: Buffer.from(await body.arrayBuffer()) };
		} catch (error) {
			throw translateCall(error, host);
		}
	};

	return {
		host,
		ask: async (schema, request) => parseAs(schema, (await collect(request)).bytes.toString("utf8")),
		async find(schema, path) {
			const { statusCode, bytes } = await collect({ method: "GET", path, also: [404] });
			return statusCode === 404 ? null : parseAs(schema, bytes.toString("utf8"));
		},
		tell: async (request) => (await collect(request)).statusCode,
		read: async (request) => (await collect(request)).bytes,
		stream: async (request) => (await open(request)).body,
		close: () => pool.destroy(),
	};
}

/** Versions so far are 1.24, 1.41 … */
function minorOf(version: string): number {
	return Number(version.split(".")[1]);
}

function openPool(host: string): Pool {
	const options = { maxResponseSize: -1, connections: 32 };
	const socketPath = /^unix:\/\/(\/.+)$/.exec(host)?.[1];
	if (socketPath !== undefined) return new Pool("http://engine", { ...options, connect: { socketPath } });
	if (/^tcp:\/\/[^/]+$/.test(host)) return new Pool(host.replace(/^tcp:/, "http:"), options);
	throw new SandboxError(
		"unsupported",
		`A Docker engine at ${host} cannot be used: set SANDBOX_DOCKER_HOST to unix:///path/to/its.sock.`,
	);
}

function parseAs<T>(schema: z.ZodType<T>, text: string): T {
	try {
		return schema.parse(JSON.parse(text));
	} catch (cause) {
		throw new SandboxError("unavailable", "The Docker engine gave an answer that makes no sense.", { cause });
	}
}

function toFailure(status: number, text: string, { method, path }: EngineRequest): SandboxError {
	const known = CODES[status] ?? { code: "unavailable" as const, retryable: true };
	let said = text.slice(0, 500);
	try {
		said = failure.parse(JSON.parse(text)).message;
	} catch {
		// Not the engine's usual form: what it said is shown as it is.
	}
	return new SandboxError(
		known.code,
		`The Docker engine refused ${method} ${path} with status ${status}: ${said}`,
		{
			retryable: known.retryable ?? false,
		},
	);
}

function translateCall(error: unknown, host: string): unknown {
	if (error instanceof SandboxError) return error;
	if (hasCode(error, "ENOENT", "ECONNREFUSED")) {
		return new SandboxError(
			"unavailable",
			`No Docker engine answers at ${host}: start it, or set SANDBOX_DOCKER_HOST.`,
			{
				retryable: true,
				cause: error,
			},
		);
	}
	if (hasCode(error, "EACCES", "EPERM")) {
		return new SandboxError(
			"unsupported",
			`Bobbin's user may not speak with the Docker engine at ${host}: add it to the group docker, or use a rootless engine.`,
			{ cause: error },
		);
	}
	if (error instanceof errors.HeadersTimeoutError || error instanceof errors.BodyTimeoutError) {
		return new SandboxError("timeout", "The Docker engine did not answer in time.", { cause: error });
	}
	return new SandboxError("unavailable", "The connection to the Docker engine broke off.", {
		retryable: true,
		cause: error,
	});
}
