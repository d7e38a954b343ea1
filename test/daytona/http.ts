import type { IncomingMessage, ServerResponse } from "node:http";
import type { z } from "zod";

/** An error as the service tells it. */
export class Refusal extends Error {
	readonly status: number;
	readonly code: string | undefined;
	readonly source: string;

	constructor(status: number, message: string, options: { code?: string; source?: string } = {}) {
		super(message);
		this.status = status;
		this.code = options.code;
		this.source = options.source ?? "DAYTONA_API";
	}
}

interface Call {
	request: IncomingMessage;
	response: ServerResponse;
	/** What the groups of the route's pattern found. */
	parts: string[];
	url: URL;
	body<T>(schema: z.ZodType<T>): Promise<T>;
	query<T>(schema: z.ZodType<T>): T;
}

/** What is given back is the body of a 200; `{status, body}` says otherwise; undefined: it has answered itself. */
type Handler = (call: Call) => Promise<{ status?: number; body?: unknown } | undefined>;
export type Route = [method: string, pattern: RegExp, handle: Handler];

/** @throws Refusal 404 where there is no such route, 400 where the request is not as described */
export async function route(
	routes: Route[],
	path: string,
	url: URL,
	request: IncomingMessage,
	response: ServerResponse,
): Promise<void> {
	for (const [method, pattern, handle] of routes) {
		const match = method === request.method ? pattern.exec(path) : null;
		if (!match) continue;
		const answer = await handle({
			request,
			response,
			url,
			parts: match.slice(1).map(decodeURIComponent),
			body: async (schema) => check(schema, JSON.parse((await readBody(request)).toString("utf8") || "{}")),
			query: (schema) => check(schema, Object.fromEntries(url.searchParams)),
		});
		if (answer) sendJson(response, answer.status ?? 200, answer.body);
		return;
	}
	throw new Refusal(404, `Cannot ${request.method} ${path}`);
}

function check<T>(schema: z.ZodType<T>, value: unknown): T {
	const result = schema.safeParse(value);
	if (result.success) return result.data;
	const problems = result.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
	throw new Refusal(400, problems.join("; "));
}

export async function readBody(request: IncomingMessage): Promise<Buffer> {
	const chunks: Buffer[] = [];
	for await (const chunk of request) chunks.push(chunk as Buffer);
	return Buffer.concat(chunks);
}

/** The parts of a form by name, as views into its bytes: programs come in one, and every copy of them takes time. */
export function parseForm(contentType: string, bytes: Buffer): Map<string, Buffer> {
	const boundary = /boundary="?([^";]+)/.exec(contentType)?.[1];
	if (boundary === undefined) throw new Refusal(400, "no form with a boundary");
	const parts = new Map<string, Buffer>();
	for (let at = bytes.indexOf(`--${boundary}`); at >= 0; ) {
		const headers = at + boundary.length + 4;
		const end = bytes.indexOf(`\r\n--${boundary}`, headers);
		if (end < 0) break;
		const content = bytes.indexOf("\r\n\r\n", headers) + 4;
		const name = /; name="([^"]*)"/.exec(bytes.toString("utf8", headers, content))?.[1] ?? "";
		parts.set(name, bytes.subarray(content, end));
		at = end + 2;
	}
	return parts;
}

export function sendJson(
	response: ServerResponse,
	status: number,
	body?: unknown,
	headers: Record<string, string> = {},
): void {
	const bytes = body === undefined ? "" : JSON.stringify(body);
	response.writeHead(status, { "content-type": "application/json", ...headers }).end(bytes);
}

export function sendRefusal(response: ServerResponse, refusal: Refusal, headers = {}): void {
	const { status, message, code, source } = refusal;
	sendJson(response, status, { statusCode: status, message, code, source }, headers);
}
