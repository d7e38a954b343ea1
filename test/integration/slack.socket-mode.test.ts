import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { pino } from "pino";
import { expect, test } from "vitest";
import { type WebSocket, WebSocketServer } from "ws";
import { createSocketMode } from "../../src/slack/receiving/socket-mode.ts";

test("a cut connection is made again, also when Slack is away at first", async () => {
	const asked: number[] = [];
	const answers = [200, 503, 200];
	const server = createServer((_request, response) => {
		const status = answers[asked.length] ?? 200;
		asked.push(status);
		response.writeHead(status, { "content-type": "application/json" });
		response.end(status === 200 ? JSON.stringify({ ok: true, url: `ws://127.0.0.1:${port}/link` }) : "");
	});
	const sockets = new WebSocketServer({ server });
	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	const { port } = server.address() as AddressInfo;
	const hello = (socket: WebSocket) => socket.send(JSON.stringify({ type: "hello", num_connections: 1 }));
	const taken: unknown[] = [];
	const arrived = Promise.withResolvers<void>();
	const socketMode = createSocketMode({
		connection: {
			botToken: "xoxb-1",
			signingSecret: null,
			appToken: "xapp-1",
			apiUrl: `http://127.0.0.1:${port}/api/`,
		},
		async take(body) {
			taken.push(body);
			arrived.resolve();
			return undefined;
		},
		log: pino({ level: "silent" }),
	});

	const first = once(sockets, "connection").then(([socket]) => socket as WebSocket);
	const started = socketMode.start();
	hello(await first);
	await started;
	const second = once(sockets, "connection").then(([socket]) => socket as WebSocket);
	(await first).terminate();
	const again = await second;
	hello(again);
	again.send(JSON.stringify({ type: "events_api", envelope_id: "e1", payload: { event: { type: "x" } } }));
	await arrived.promise;
	expect(asked).toEqual([200, 503, 200]);
	expect(taken).toEqual([{ event: { type: "x" } }]);
	await socketMode.stop();
	sockets.close();
	server.close();
});
