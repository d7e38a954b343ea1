import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createDaemonClient, type DaemonClient } from "./daemon-client.ts";
import { createEgressProxy, type Internet } from "./egress-proxy.ts";
import { listenAt, openSocketDir } from "./host-sockets.ts";
import type { Layout } from "./layout.ts";

/** Long, because a client may send its next request in the moment in which the server hangs up. */
const KEEP_ALIVE_MS = 120_000;
const MAX_GATEWAY_CONNECTIONS = 64;

/** What this process holds of one sandbox: its gateway, its way out, and the line to its daemon. */
export interface Link {
	client: DaemonClient;
	close(): Promise<void>;
}

/** Takes over the sandbox's sockets from whichever process had them. */
export async function openLink(options: {
	layout: Pick<Layout, "host">;
	uid: number | null;
	/** Everybody who comes through to the folder may connect, not only `uid`. */
	openSockets?: boolean;
	gateway: (request: IncomingMessage, response: ServerResponse) => void;
	/** null: the sandbox shares the host's network. */
	allowHosts: string[] | null;
	internet: Internet;
}): Promise<Link> {
	const { layout, uid, openSockets } = options;
	const sockets = await openSocketDir(layout.host);
	const servers: Server[] = [];
	try {
		const gateway = createServer(options.gateway);
		// A push or a turn of the model may take as long as it takes.
		gateway.requestTimeout = 0;
		gateway.keepAliveTimeout = KEEP_ALIVE_MS;
		// Each call may hold 32 MB of a request to a model.
		gateway.maxConnections = MAX_GATEWAY_CONNECTIONS;
		servers.push(gateway);
		await listenAt(gateway, sockets, "gateway.sock", { uid, open: openSockets });
		if (options.allowHosts !== null) {
			const egress = createEgressProxy(options.allowHosts, options.internet);
			servers.push(egress);
			await listenAt(egress, sockets, "egress.sock", { uid, open: openSockets });
		}
	} catch (error) {
		for (const server of servers) server.close();
		await sockets.close();
		throw error;
	}
	const client = createDaemonClient(sockets.path("daemon.sock"));
	return {
		client,
		async close() {
			await client.close();
			for (const server of servers) {
				server.close();
				server.closeAllConnections();
			}
			await sockets.close();
		},
	};
}
