import { once } from "node:events";
import { request } from "node:http";
import { Hono } from "hono";
import { pino } from "pino";
import { afterAll, beforeAll, expect, test } from "vitest";
import { WebSocket } from "ws";
import { createPreview } from "../../src/http/preview/preview.ts";
import { type HttpServer, listen } from "../../src/http/server.ts";
import { type LocalSandboxes, prepareLocalSandboxes, requireIsolation } from "../harness/local-sandboxes.ts";

const SESSION = "1a2b3c4d";
/** Answers pages, says what it was asked, echoes on a socket; plain Node, as nothing else is in the sandbox. */
const SITE = `
const { createServer } = require("node:http");
const { createHash } = require("node:crypto");
const server = createServer((request, response) => {
	if (request.url === "/moved") return response.writeHead(302, { location: "/home" }).end();
	if (request.url === "/large") return response.end(Buffer.alloc(20_000_000, "x"));
	response.setHeader("set-cookie", "a=b");
	const chunks = [];
	request.on("data", (chunk) => chunks.push(chunk));
	request.on("end", () => response.end(JSON.stringify({ url: request.url, host: request.headers.host, body: Buffer.concat(chunks).toString() })));
});
server.on("upgrade", (request, socket) => {
	const accept = createHash("sha1").update(request.headers["sec-websocket-key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest("base64");
	socket.write("HTTP/1.1 101 Switching Protocols\\r\\nupgrade: websocket\\r\\nconnection: upgrade\\r\\nsec-websocket-accept: " + accept + "\\r\\n\\r\\n");
	socket.write(Buffer.from([0x81, 5, ...Buffer.from("hello")]));
});
server.listen(5173, "127.0.0.1", () => console.log("listening"));
`;

let local: LocalSandboxes;
let server: HttpServer;
let port: number;
let state: "found" | "asleep" = "found";

beforeAll(async () => {
	local = await prepareLocalSandboxes();
	const provider = local.open();
	await requireIsolation(provider);
	const sandbox = await provider.create({ name: "preview" });
	await provider.writeFile(sandbox.id, `${sandbox.homeDir}/site.cjs`, SITE);
	await provider.spawn(sandbox.id, { key: "site", command: "exec node site.cjs", cwd: sandbox.homeDir });
	const heard = await provider.exec(sandbox.id, {
		command: "until (exec 3<>/dev/tcp/127.0.0.1/5173) 2>/dev/null; do :; done",
		timeoutMs: 60_000,
	});
	expect(heard.exitCode).toBe(0);

	server = await listen({ host: "127.0.0.1", port: 0, log: pino({ level: "silent" }) });
	port = Number(new URL(server.origin).port);
	const preview = createPreview({
		findSandbox: async (session) => {
			if (session !== SESSION) return { outcome: "unknown" };
			return state === "found" ? { outcome: "found", id: sandbox.id } : { outcome: "asleep" };
		},
		portTarget: provider.portTarget,
		log: pino({ level: "silent" }),
	});
	const app = new Hono();
	app.use(preview.middleware);
	app.all("*", (c) => c.text("Bobbin"));
	server.open(app, [preview.upgrade]);
});
afterAll(async () => {
	await server.close();
	await local.remove();
});

interface Asking {
	host?: string;
	method?: string;
	body?: string;
	headers?: Record<string, string>;
}

async function ask(path: string, { host = `5173--${SESSION}`, method = "GET", body, headers }: Asking = {}) {
	const sent = request({ port, path, method, headers: { host: `${host}.localhost:${port}`, ...headers } });
	const answered = once(sent, "response");
	sent.end(body);
	const [answer] = await answered;
	const chunks: Buffer[] = [];
	for await (const chunk of answer) chunks.push(chunk);
	return {
		status: answer.statusCode as number,
		headers: answer.headers,
		text: Buffer.concat(chunks).toString(),
	};
}

test("a page of the sandbox is shown, with what was sent to it and its cookies", async () => {
	const answer = await ask("/cart?a=1", { method: "POST", body: "two socks" });
	expect(answer.status).toBe(200);
	expect(JSON.parse(answer.text)).toEqual({
		url: "/cart?a=1",
		host: `5173--${SESSION}.localhost:${port}`,
		body: "two socks",
	});
	expect(answer.headers["set-cookie"]).toEqual(["a=b"]);
});

test("redirects and large answers come through as they are", async () => {
	expect((await ask("/moved")).headers.location).toBe("/home");
	expect((await ask("/large")).text).toHaveLength(20_000_000);
});

test("sockets work", async () => {
	const socket = new WebSocket(`ws://127.0.0.1:${port}/live`, {
		headers: { host: `5173--${SESSION}.localhost:${port}` },
	});
	const [data] = await once(socket, "message");
	expect(String(data)).toBe("hello");
	socket.terminate();
});

test("hosts that are no preview reach Bobbin", async () => {
	expect((await ask("/", { host: "app" })).text).toBe("Bobbin");
});

test.each([
	["a port where nothing listens", { host: `5999--${SESSION}` }, 502, /Has the app been started/],
	["the agent's own port", { host: `4096--${SESSION}` }, 403, /belongs to Bobbin/],
	["the gateway's port", { host: `8701--${SESSION}` }, 403, /belongs to Bobbin/],
	["a port beyond all", { host: `70000--${SESSION}` }, 403, /belongs to Bobbin/],
	["a session that is not there", { host: "5173--00000000" }, 404, /no session/],
	["a request for somebody elsewhere", { headers: { "x-forwarded-for": "10.0.0.1" } }, 403, /this machine/],
	[
		"a page of another site",
		{ headers: { "sec-fetch-site": "cross-site", origin: "https://evil.example" } },
		403,
		/this machine/,
	],
	[
		"another session's preview",
		{ headers: { "sec-fetch-site": "same-site", origin: "http://5173--ffffffff.localhost:3000" } },
		403,
		/this machine/,
	],
	["a name that others can point here", { host: `5173--${SESSION}.evil.example#` }, 403, /this machine/],
])("refuses %s", async (_what, asking: Asking, status, message) => {
	const host = asking.host?.endsWith("#") ? { headers: { host: asking.host.slice(0, -1) } } : {};
	const answer = await ask("/", { ...asking, ...host });
	expect(answer.status).toBe(status);
	expect(answer.text).toMatch(message);
});

test("another port of the same session may ask", async () => {
	const origin = `http://3000--${SESSION}.localhost:${port}`;
	expect((await ask("/", { headers: { "sec-fetch-site": "same-site", origin } })).status).toBe(200);
});

test("a sandbox that sleeps is told, with how to wake it", async () => {
	state = "asleep";
	const answer = await ask("/");
	expect([answer.status, answer.text]).toEqual([503, expect.stringContaining("Write in its thread")]);
	state = "found";
});
