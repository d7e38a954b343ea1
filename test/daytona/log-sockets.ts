import type { Server } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { WebSocketServer } from "ws";
import type { LocalProvider } from "../../sandbox/providers/local/local-provider.ts";
import type { Boxes } from "./boxes.ts";
import type { Faults } from "./faults.ts";

const PATH = /^\/toolbox\/([^/]+)\/process\/session\/([^/]+)\/command\/([^/]+)\/logs$/;
const FRAME_BYTES = 32 * 1024;
const POLL_MS = 10;
/** What comes before the bytes of a frame: standard output. */
const STDOUT = Buffer.from([1, 1, 1]);

/** Follows the log of a session's command over a WebSocket, with the faults of the real one where they are switched on. */
export function serveLogSockets(
	server: Server,
	deps: { local: LocalProvider; boxes: Boxes; faults: Faults; apiKey: string },
): () => void {
	const { local, boxes, faults } = deps;
	const sockets = new WebSocketServer({ noServer: true });

	server.on("upgrade", (request, socket, head) => {
		const [, id = "", session = "", command = ""] =
			PATH.exec(new URL(request.url ?? "/", "http://skin").pathname) ?? [];
		const box = boxes.all.get(id);
		const found = box?.sessions.get(session)?.get(command);
		const authorized = request.headers.authorization === `Bearer ${deps.apiKey}`;
		if (!box || !found || !authorized) return void socket.end("HTTP/1.1 404 Not Found\r\n\r\n");
		sockets.handleUpgrade(request, socket, head, async (client) => {
			const { killLogSocketsAfterMs, oneBigFrame } = faults;
			if (killLogSocketsAfterMs !== null) setTimeout(() => client.terminate(), killLogSocketsAfterMs).unref();
			let sent = 0;
			while (client.readyState === client.OPEN) {
				const state = await local.proc(id, { key: found.key });
				const { stdout } = await local.readLogs(id, { key: found.key }, { stdout: sent, stderr: 0 });
				const size = oneBigFrame ? stdout.length : FRAME_BYTES;
				for (let at = 0; at < stdout.length; at += size)
					client.send(Buffer.concat([STDOUT, stdout.subarray(at, at + size)]));
				sent += stdout.length;
				if (stdout.length === 0 && state?.running !== true) client.close(1000);
				else await delay(POLL_MS);
			}
		});
	});
	return () => {
		for (const client of sockets.clients) client.terminate();
		sockets.close();
	};
}
