// Runs inside a sandbox, as its user: the hands of the local provider. Speaks HTTP over a unix socket.
// Started in a folder that holds `host/` (the provider's: settings and sockets, read-only here) and `run/` (ours).
// Plain JavaScript without dependencies, because it is copied into the tools folder.
import { closeSync, readFileSync, rmSync, writeSync } from "node:fs";
import net from "node:net";
import { listenBridge } from "./daemon/bridge.mjs";
import { readFileWhole, writeFileWhole } from "./daemon/files.mjs";
import { createProcesses } from "./daemon/processes.mjs";

// An `import` of it reads all that it exports, `WebSocket` too, which loads a client: 30 ms of a new sandbox's time.
const http = process.getBuiltinModule("node:http");

const READY_FD = 3;
const MAX_BODY_BYTES = 64 * 1024 * 1024;

const settings = JSON.parse(readFileSync("host/daemon.json", "utf8"));

const socket = settings.socket ?? "run/daemon.sock";

// Node's worker threads are made now: later a sandbox that is full of processes would refuse them, which ends Node.
await readFileWhole("host/daemon.json");

const gatewayPort = await listenBridge({ port: settings.gatewayPort, socketPath: "host/gateway.sock" });
if (settings.proxyPort !== null) {
	await listenBridge({ port: settings.proxyPort, socketPath: "host/egress.sock" });
}

const env = { ...settings.env, BOBBIN_GATEWAY_URL: `http://127.0.0.1:${gatewayPort}` };
const processes = createProcesses({
	env,
	home: settings.home,
	journalDir: settings.journalDir ?? "run/journal",
	privatePids: settings.privatePids,
	marker: settings.marker,
});

const routes = {
	"GET /health": async () => ({ gatewayPort }),
	"POST /exec": async ({ body, closed }) => processes.exec(JSON.parse(body), closed),
	"POST /processes": async ({ body }) => processes.start(JSON.parse(body)),
	"GET /processes": async ({ query }) => ({ process: processes.find(query.get("key")) }),
	"POST /processes/kill": async ({ body }) => processes.kill(JSON.parse(body).key),
	"POST /strays/kill": async ({ body }) => processes.killStrays(JSON.parse(body).keep),
	"GET /logs": async ({ query }) =>
		processes.readLogs(query.get("key"), {
			stdout: Number(query.get("stdout")),
			stderr: Number(query.get("stderr")),
		}),
	"GET /file": async ({ query }) => readFileWhole(query.get("path")),
	"PUT /file": async ({ query, body }) => {
		const mode = query.get("mode");
		await writeFileWhole(query.get("path"), body, mode === null ? null : Number(mode));
		return {};
	},
};

const server = http.createServer(async (request, response) => {
	const url = new URL(request.url ?? "/", "http://sandbox");
	const closed = new AbortController();
	response.on("close", () => closed.abort());
	try {
		const act = routes[`${request.method} ${url.pathname}`];
		if (!act) throw Object.assign(new Error(`No such call: ${url.pathname}`), { code: "EINVAL" });
		const result = await act({
			query: url.searchParams,
			body: await readBody(request),
			closed: closed.signal,
		});
		const bytes = Buffer.isBuffer(result) ? result : Buffer.from(JSON.stringify(result ?? {}));
		response.writeHead(200, { "content-length": bytes.length }).end(bytes);
	} catch (error) {
		const failure = { code: error.code ?? "EIO", message: String(error.message) };
		const bytes = Buffer.from(JSON.stringify({ error: failure }));
		response.writeHead(422, { "content-length": bytes.length }).end(bytes);
	}
});

// CONNECT reaches a port inside: a server may listen on either family of loopback.
server.on("connect", (request, client, head) => {
	const port = Number(String(request.url).split(":").pop());
	client.on("error", () => {});
	const dial = (hosts) => {
		const [host, ...others] = hosts;
		const upstream = net.connect({ host, port, allowHalfOpen: true });
		const refused = () =>
			others.length > 0 ? dial(others) : client.end("HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n");
		upstream.once("error", refused);
		upstream.once("connect", () => {
			upstream.off("error", refused);
			upstream.on("error", () => client.destroy());
			client.on("close", () => upstream.destroy());
			upstream.setNoDelay(true);
			client.write("HTTP/1.1 200 OK\r\n\r\n");
			upstream.write(head);
			upstream.pipe(client);
			client.pipe(upstream);
		});
	};
	if (Number.isInteger(port) && port > 0 && port < 65_536) dial(["127.0.0.1", "::1"]);
	else client.end("HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n");
});

server.requestTimeout = 0;
server.keepAliveTimeout = 0;
rmSync(socket, { force: true });
const open = settings.openSocket === true;
server.listen({ path: socket, readableAll: open, writableAll: open }, () => {
	try {
		writeSync(READY_FD, "ready");
		closeSync(READY_FD);
	} catch {
		// The provider that started us is gone; the next one finds the socket.
	}
});

async function readBody(request) {
	const chunks = [];
	let bytes = 0;
	for await (const chunk of request) {
		bytes += chunk.length;
		if (bytes > MAX_BODY_BYTES) throw Object.assign(new Error("The body is too large."), { code: "EFBIG" });
		chunks.push(chunk);
	}
	return Buffer.concat(chunks);
}
