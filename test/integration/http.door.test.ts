import { once } from "node:events";
import { request } from "node:http";
import { connect } from "node:net";
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { pino } from "pino";
import { afterAll, beforeAll, expect, test } from "vitest";
import { loopbackOnly } from "../../src/http/loopback-only.ts";
import { type HttpServer, listen } from "../../src/http/server.ts";
import { createSocketHub } from "../../src/playground/slack/socket-hub.ts";

const log = pino({ level: "silent" });
let server: HttpServer;
let port: number;
const hub = createSocketHub({ url: "ws://127.0.0.1/playground/slack/link", onConnect: () => {} });

beforeAll(async () => {
	server = await listen({ host: "127.0.0.1", port: 0, log });
	port = Number(new URL(server.origin).port);
	const app = new Hono();
	app.use("/playground/*", loopbackOnly);
	app.post("/small", bodyLimit({ maxSize: 10 }), (c) => c.text("in"));
	app.all("*", (c) => c.text("in"));
	server.open(app, [hub.upgrade]);
});
afterAll(async () => {
	hub.close();
	await server.close();
});

/** As a browser or a proxy would ask, headers that `fetch` does not let us set included. */
async function ask(path: string, headers: Record<string, string>, method = "GET"): Promise<number> {
	const sent = request({ port, path, method, headers: { host: `127.0.0.1:${port}`, ...headers } });
	const answered = once(sent, "response");
	sent.end();
	const [answer] = await answered;
	answer.resume();
	return answer.statusCode;
}

const LINK = { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" };

test.each([
	["a program", "/playground/slack/api/chat.postMessage", {}],
	["the page itself", "/playground/slack/api/chat.postMessage", { "sec-fetch-site": "same-origin" }],
	["a typed address", "/playground/slack/", { "sec-fetch-site": "none", "sec-fetch-dest": "document" }],
	["a link that was followed", "/playground/github/acme/shop/pull/1", LINK],
	["another local name", "/playground/slack/", { host: "localhost:3000" }],
])("the playground answers %s", async (_who, path, headers) => {
	expect(await ask(path, headers)).toBe(200);
});

test.each([
	[
		"another site's picture",
		"/playground/slack/api/chat.postMessage?token=xoxp-mia",
		{ "sec-fetch-site": "cross-site", "sec-fetch-dest": "image" },
	],
	[
		"a page on another port",
		"/playground/slack/api/users.list",
		{ "sec-fetch-site": "same-site", "sec-fetch-dest": "empty" },
	],
	["a link to an API", "/playground/slack/api/chat.postMessage?token=xoxp-mia", LINK],
	["a frame", "/playground/github/acme/shop/pull/1", { ...LINK, "sec-fetch-dest": "iframe" }],
	["another name", "/playground/slack/", { host: "evil.example" }],
	["a proxy's visitor", "/playground/slack/", { "x-real-ip": "203.0.113.7" }],
	["a forwarded visitor", "/playground/slack/", { forwarded: "for=203.0.113.7" }],
])("the playground refuses %s", async (_who, path, headers) => {
	expect(await ask(path, headers)).toBe(403);
});

test("a body over its limit is told to whoever sent it, and is no failure of ours", async () => {
	const answer = await fetch(`${server.origin}/small`, { method: "POST", body: "x".repeat(11) });
	expect(answer.status).toBe(413);
	expect(await answer.json()).toMatchObject({ error: { code: "too_large", retryable: false } });
});

test("an address that is none does not end the process", async () => {
	const socket = connect(port, "127.0.0.1");
	const ended = once(socket, "close");
	socket.resume().write("GET // HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n");
	await ended;
	expect(await ask("/healthz", {})).toBe(200);
});
