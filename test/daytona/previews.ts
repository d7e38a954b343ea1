import http, { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { LocalProvider } from "../../sandbox/providers/local/local-provider.ts";
import type { Box } from "./boxes.ts";
import { Refusal, sendRefusal } from "./http.ts";

/**
 * Stands in for Daytona's preview proxy: an address for each port of each sandbox. The real one tells them apart by host
 * name, this one by its own ports, because not every machine resolves names below `localhost`.
 */
export interface Previews {
	/** @returns the address */
	open(box: Box, port: number): Promise<string>;
	close(): void;
}

export function createPreviews(deps: { local: LocalProvider }): Previews {
	const servers = new Map<string, Promise<Server>>();

	async function forward(box: Box, port: number, request: IncomingMessage, response: ServerResponse) {
		const { "x-daytona-preview-token": token, ...headers } = request.headers;
		if (token !== box.previewToken)
			return sendRefusal(response, new Refusal(401, "Unauthorized", { source: "DAYTONA_PROXY" }));
		if (headers["x-daytona-skip-preview-warning"] !== "true") {
			return void response.writeHead(200, { "content-type": "text/html" }).end("You are visiting a preview");
		}
		if (headers["x-daytona-skip-last-activity-update"] !== "true") box.touched++;
		try {
			const target = await deps.local.portTarget(box.dto.id, port);
			if (target.kind !== "socket") throw new Error("The local engine gives sockets.");
			const socket = (await target.connect()) as Socket;
			const upstream = http.request({
				method: request.method,
				path: request.url,
				headers,
				createConnection: () => socket,
			});
			upstream.on("error", () => response.destroy());
			upstream.on("response", (answer) => {
				response.writeHead(answer.statusCode ?? 502, answer.headers);
				answer.pipe(response);
			});
			response.on("close", () => upstream.destroy());
			request.pipe(upstream);
		} catch {
			sendRefusal(response, new Refusal(502, "Bad Gateway", { source: "DAYTONA_PROXY" }));
		}
	}

	return {
		async open(box, port) {
			const key = `${box.dto.id}:${port}`;
			let server = servers.get(key);
			if (!server) {
				server = new Promise((resolve) => {
					const made = createServer((request, response) => void forward(box, port, request, response));
					made.requestTimeout = 0;
					made.listen(0, "127.0.0.1", () => resolve(made));
				});
				servers.set(key, server);
			}
			return `http://127.0.0.1:${((await server).address() as AddressInfo).port}`;
		},
		close() {
			for (const opening of servers.values()) {
				void opening.then((server) => {
					server.close();
					server.closeAllConnections();
				});
			}
		},
	};
}
