import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import { z } from "zod";
import { APP } from "./world.ts";

const ACK_TIMEOUT_MS = 3_000;
const PING_INTERVAL_MS = 10_000;
const CONNECTION_SECONDS = 3_600;

type SendResult = { outcome: "acked"; payload: unknown } | { outcome: "timeout" } | { outcome: "no_socket" };

/** The app's Socket Mode connections. */
export interface SocketHub {
	/** An address that is good for one connection. */
	newUrl(): string;
	upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean;
	/** Sends one envelope over one of the connections and waits for its acknowledgement. */
	send(
		type: "events_api" | "slash_commands" | "interactive",
		payload: unknown,
		retry?: { number: number; reason: string | null },
	): Promise<SendResult>;
	/** Asks every connection to come back anew, as Slack does every hour or so. */
	refresh(): void;
	close(): void;
}

const ackSchema = z.object({ envelope_id: z.string(), payload: z.unknown().optional() });

export function createSocketHub(deps: {
	/** `ws://…/link`, without a query. */
	url: string;
	onConnect: () => void;
}): SocketHub {
	const server = new WebSocketServer({ noServer: true });
	const sockets = new Set<WebSocket>();
	const tickets = new Set<string>();
	const waiting = new Map<string, (payload: unknown) => void>();
	let turn = 0;

	const pings = setInterval(() => {
		for (const socket of sockets) socket.ping("ping from the playground");
	}, PING_INTERVAL_MS);
	pings.unref();

	function welcome(socket: WebSocket): void {
		sockets.add(socket);
		socket.on("close", () => sockets.delete(socket));
		socket.on("error", () => socket.terminate());
		socket.on("message", (data) => {
			const ack = ackSchema.safeParse(parseJson(String(data)));
			if (!ack.success) return;
			waiting.get(ack.data.envelope_id)?.(ack.data.payload ?? null);
		});
		socket.send(
			JSON.stringify({
				type: "hello",
				num_connections: sockets.size,
				debug_info: { host: "playground", approximate_connection_time: CONNECTION_SECONDS },
				connection_info: { app_id: APP.id },
			}),
		);
		deps.onConnect();
	}

	return {
		newUrl() {
			const ticket = randomUUID();
			tickets.add(ticket);
			return `${deps.url}?ticket=${ticket}&app_id=${APP.id}`;
		},
		upgrade(request, socket, head) {
			const url = URL.parse(request.url ?? "/", "http://playground");
			if (url?.pathname !== new URL(deps.url).pathname) return false;
			if (!tickets.delete(url.searchParams.get("ticket") ?? "")) {
				socket.end("HTTP/1.1 401 Unauthorized\r\nconnection: close\r\n\r\n");
				return true;
			}
			server.handleUpgrade(request, socket, head, welcome);
			return true;
		},
		async send(type, payload, retry = { number: 0, reason: null }) {
			const open = [...sockets].filter((socket) => socket.readyState === socket.OPEN);
			const socket = open[turn++ % Math.max(1, open.length)];
			if (socket === undefined) return { outcome: "no_socket" };
			const envelopeId = randomUUID();
			const answer = new Promise<SendResult>((resolve) => {
				const timer = setTimeout(() => resolve({ outcome: "timeout" }), ACK_TIMEOUT_MS);
				const lost = () => resolve({ outcome: "timeout" });
				socket.once("close", lost);
				waiting.set(envelopeId, (body) => {
					clearTimeout(timer);
					socket.off("close", lost);
					resolve({ outcome: "acked", payload: body });
				});
			});
			socket.send(
				JSON.stringify({
					envelope_id: envelopeId,
					type,
					payload,
					accepts_response_payload: type !== "events_api",
					...(type === "events_api" ? { retry_attempt: retry.number, retry_reason: retry.reason ?? "" } : {}),
				}),
			);
			const result = await answer;
			waiting.delete(envelopeId);
			return result;
		},
		refresh() {
			for (const socket of sockets) {
				socket.send(
					JSON.stringify({
						type: "disconnect",
						reason: "refresh_requested",
						debug_info: { host: "playground" },
					}),
				);
			}
		},
		close() {
			clearInterval(pings);
			for (const socket of sockets) socket.terminate();
			server.close();
		},
	};
}

function parseJson(text: string): unknown {
	try {
		return JSON.parse(text) as unknown;
	} catch {
		return undefined;
	}
}
