import { once } from "node:events";
import { request } from "node:http";
import { text } from "node:stream/consumers";
import { Hono } from "hono";
import { pino } from "pino";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createSessionPages } from "../../src/http/routes/session-pages.ts";
import { type HttpServer, listen } from "../../src/http/server.ts";
import { aPerson, aPrompt, aThread } from "../harness/sessions.ts";
import { type StartedCore, startCore } from "../harness/start-core.ts";

let core: StartedCore;
let server: HttpServer;
let sessionId: string;

beforeAll(async () => {
	core = await startCore();
	server = await listen({ host: "127.0.0.1", port: 0, log: pino({ level: "silent" }) });
	const pages = createSessionPages({
		view: core.sessions.view,
		threadUrl: async ({ channelId }) => `https://acme.slack.example/archives/${channelId}`,
	});
	server.open(new Hono().route("/", pages), []);
	const prompt = aPrompt(await aPerson(core, "Mia"), { text: "Round <b>the total</b>" });
	({ sessionId } = await core.sessions.acceptThreadPrompt({ thread: aThread(), prompt }));
});
afterAll(async () => {
	await server?.close();
	await core?.stop();
});

async function open(id: string, headers: Record<string, string> = {}) {
	const { port } = new URL(server.origin);
	const sent = request({ port, path: `/sessions/${id}`, headers: { host: "localhost", ...headers } });
	const answered = once(sent, "response");
	sent.end();
	const [answer] = await answered;
	return { status: answer.statusCode, page: await text(answer) };
}

const THREAD = 'href="https://acme.slack.example/archives/C1"';

test("this machine sees who asked for what, as text", async () => {
	const { status, page } = await open(sessionId);
	expect(status).toBe(200);
	expect(page).toContain("<h3>Mia, queued</h3>");
	expect(page).toContain("Round &lt;b&gt;the total&lt;/b&gt;");
	expect(page).toContain(THREAD);
});

test.each([
	["through a proxy", { "x-forwarded-for": "203.0.113.7" }],
	["by a public name", { host: "bobbin.example.com" }],
])("whoever comes %s is led to the thread and learns no more", async (_how, headers) => {
	const { status, page } = await open(sessionId, headers);
	expect(status).toBe(200);
	expect(page).toContain("Signing in on the web comes later");
	expect(page).toContain(THREAD);
	expect(page).not.toMatch(/Mia|total/);
});

test.each(["7d1a0c1e-0000-4000-8000-000000000000", "none"])("there is no session %s", async (id) => {
	expect(await open(id)).toMatchObject({
		status: 404,
		page: expect.stringContaining("knows no such session"),
	});
});
