import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { ModelCall } from "../../src/sessions/turn/model-call-store.ts";
import { SANDBOX_TOKEN, startGateway } from "../harness/gateway.ts";
import { listenHere } from "../harness/listen.ts";

let provider: Server;
let gateway: Awaited<ReturnType<typeof startGateway>>;
let answer: (request: IncomingMessage, response: ServerResponse, body: string) => void;
let calls: ModelCall[];
let recorded: PromiseWithResolvers<void>;

beforeEach(async () => {
	calls = [];
	recorded = Promise.withResolvers();
	provider = createServer(async (request, response) => {
		let body = "";
		for await (const chunk of request) body += chunk;
		answer(request, response, body);
	});
	const baseUrl = `${await listenHere(provider)}/`;
	gateway = await startGateway({
		model: {
			baseUrl,
			apiKey: "key-of-the-provider",
		},
		recordModelCall: async (call) => {
			calls.push(call);
			recorded.resolve();
		},
	});
});
afterEach(() => {
	gateway.stop();
	provider.closeAllConnections();
	provider.close();
});

const call = (init: RequestInit = {}, path = "/v1/messages?beta=true") =>
	fetch(`${gateway.url}/gateway/model${path}`, {
		method: "POST",
		body: '{"stream":true}',
		...init,
		headers: { "x-api-key": SANDBOX_TOKEN, "content-type": "application/json", ...init.headers },
	});
const sse = (type: string, data: object) => `event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`;
const START = sse("message_start", {
	message: { model: "claude-sonnet-5-5", usage: { input_tokens: 1000, output_tokens: 1 } },
});
const DELTA = sse("content_block_delta", { delta: { type: "text_delta", text: "Hi" } });
const END = sse("message_delta", { delta: {}, usage: { output_tokens: 100 } });

test("adds the provider's key, passes what the API needs and nothing else", async () => {
	let seen: { url: string | undefined; headers: IncomingMessage["headers"]; body: string } | undefined;
	answer = (request, response, body) => {
		seen = { url: request.url, headers: request.headers, body };
		response.writeHead(200, { "content-type": "application/json", "request-id": "r1", "set-cookie": "a=b" });
		response.end('{"model":"claude-sonnet-5-5","usage":{"input_tokens":5,"output_tokens":6}}');
	};
	const headers = {
		"anthropic-version": "2026-10-21",
		"anthropic-beta": "some-beta",
		authorization: `Bearer ${SANDBOX_TOKEN}`,
		cookie: "c=d",
		"x-session-id": "s",
	};
	const response = await call({ headers, body: '{"a":1}' });
	expect(await response.json()).toMatchObject({ model: "claude-sonnet-5-5" });
	expect(response.headers.get("request-id")).toBe("r1");
	expect(response.headers.get("set-cookie")).toBeNull();
	expect(seen).toMatchObject({
		url: "/v1/messages?beta=true",
		body: '{"a":1}',
		headers: {
			"x-api-key": "key-of-the-provider",
			"anthropic-version": "2026-10-21",
			"anthropic-beta": "some-beta",
		},
	});
	expect(Object.keys(seen?.headers ?? {})).not.toEqual(expect.arrayContaining(["cookie"]));
	expect(JSON.stringify(seen)).not.toContain(SANDBOX_TOKEN);
	expect(calls).toMatchObject([
		{ inputTokens: 5, outputTokens: 6, sessionId: "session", promptId: "prompt" },
	]);
});

test("passes each piece of a stream on as it comes, and keeps what the call used", async () => {
	let response: ServerResponse | undefined;
	answer = (_request, opened) => {
		response = opened;
		opened.writeHead(200, { "content-type": "text/event-stream" });
		opened.write(START);
	};
	const got = await call();
	const reader = (got.body as ReadableStream<Uint8Array>).getReader();
	const read = async () => new TextDecoder().decode((await reader.read()).value);
	expect(await read()).toBe(START);
	response?.write(DELTA);
	expect(await read()).toBe(DELTA);
	response?.end(END);
	expect(await read()).toBe(END);
	expect((await reader.read()).done).toBe(true);
	expect(calls).toEqual([
		expect.objectContaining({
			model: "claude-sonnet-5-5",
			inputTokens: 1000,
			outputTokens: 100,
			costUsd: (1000 * 2 + 100 * 10) / 1_000_000,
			firstTokenMs: expect.any(Number),
		}),
	]);
});

test("lets go of the provider when the sandbox lets go, and keeps what was used till then", async () => {
	const gone = Promise.withResolvers<void>();
	answer = (_request, response) => {
		response.on("close", gone.resolve);
		response.writeHead(200, { "content-type": "text/event-stream" });
		response.write(START);
	};
	const leaving = new AbortController();
	const got = await call({ signal: leaving.signal });
	await got.body?.getReader().read();
	leaving.abort();
	await gone.promise;
	await recorded.promise;
	expect(calls).toMatchObject([{ inputTokens: 1000, outputTokens: 1 }]);
});

test("lets go of the provider when the sandbox leaves before any answer", async () => {
	const gone = Promise.withResolvers<void>();
	const asked = Promise.withResolvers<void>();
	answer = (_request, response) => {
		response.on("close", gone.resolve);
		asked.resolve();
	};
	const leaving = new AbortController();
	const got = call({ signal: leaving.signal });
	await asked.promise;
	leaving.abort();
	await expect(got).rejects.toThrow();
	await gone.promise;
});

test("breaks off where the provider breaks off", async () => {
	answer = (_request, response) => {
		response.writeHead(200, { "content-type": "text/event-stream" });
		response.write(START, () => response.destroy());
	};
	const got = await call();
	await expect(got.text()).rejects.toThrow();
	await recorded.promise;
	expect(calls).toMatchObject([{ inputTokens: 1000 }]);
});

test.each([
	[400, "invalid_request_error"],
	[429, "rate_limit_error"],
	[529, "overloaded_error"],
])("passes the provider's %d on as it is, unmetered", async (status, type) => {
	answer = (_request, response) => {
		response.writeHead(status, { "content-type": "application/json", "retry-after": "7" });
		response.end(JSON.stringify({ type: "error", error: { type, message: "m" } }));
	};
	const got = await call();
	expect(got.status).toBe(status);
	expect(got.headers.get("retry-after")).toBe("7");
	expect(await got.json()).toMatchObject({ error: { type } });
	expect(calls).toEqual([]);
});

test("an error's id is named in its headers only, where OpenCode takes no digits of it for a status", async () => {
	const error = { type: "invalid_request_error", message: "max_tokens: too many" };
	answer = (_request, response) => {
		response.writeHead(400, { "content-type": "application/json", "request-id": "req_01429500" });
		response.end(JSON.stringify({ type: "error", error, request_id: "req_01429500" }));
	};
	const got = await call();
	expect(got.headers.get("request-id")).toBe("req_01429500");
	expect(await got.json()).toEqual({ type: "error", error });
});

test("an error that is not the provider's comes as it is", async () => {
	answer = (_request, response) => void response.writeHead(400).end("<html>Bad Request</html>");
	expect(await (await call()).text()).toBe("<html>Bad Request</html>");
});

test("says in the provider's words that it cannot be reached", async () => {
	provider.close();
	const got = await call();
	expect(got.status).toBe(502);
	expect(await got.json()).toEqual({
		type: "error",
		error: { type: "api_error", message: "The model provider cannot be reached." },
	});
});

test("takes no other token, path or size", async () => {
	answer = (_request, response) => void response.end("{}");
	for (const token of ["", "key-of-the-provider"]) {
		const got = await call({ headers: { "x-api-key": token } });
		expect(got.status).toBe(401);
		expect(await got.json()).toMatchObject({ type: "error", error: { type: "authentication_error" } });
	}
	for (const path of ["/v1/files", "/v1/messages/batches", "/v1/messages/../files", "/v1/models"]) {
		expect((await call({}, path)).status).toBe(404);
	}
	expect((await call({ body: "x".repeat(32 * 1024 * 1024 + 1) })).status).toBe(413);
	expect((await call({}, "/v1/messages/count_tokens")).status).toBe(200);
	expect(calls).toEqual([]);
});

test("a call of a session without money is refused in the provider's own way, and asks nobody", async () => {
	const asked: object[] = [];
	let requests = 0;
	answer = (_request, response) => {
		requests++;
		response.end("{}");
	};
	gateway.stop();
	gateway = await startGateway({
		admitCall: async (of) => {
			asked.push(of);
			return "The budget is used up.";
		},
	});
	const response = await call();
	expect(response.status).toBe(402);
	expect(await response.json()).toEqual({
		type: "error",
		error: { type: "billing_error", message: "The budget is used up." },
	});
	expect(asked).toMatchObject([{ sessionId: "session", promptId: "prompt" }]);
	expect(requests).toBe(0);
	// What costs nothing is let through.
	expect((await call({}, "/v1/messages/count_tokens")).status).not.toBe(402);
	expect(asked).toHaveLength(1);
});

test("a model without a known price counts at the dearest known", async () => {
	answer = (_request, response) => {
		response.writeHead(200, { "content-type": "application/json" });
		response.end('{"model":"somebody-else-1","usage":{"input_tokens":1000000,"output_tokens":0}}');
	};
	await (await call()).text();
	await recorded.promise;
	expect(calls[0]).toMatchObject({ model: "somebody-else-1", costUsd: 5 });
});
