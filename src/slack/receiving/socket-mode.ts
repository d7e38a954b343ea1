import { SocketModeClient } from "@slack/socket-mode";
import { AppError } from "../../errors.ts";
import type { Log } from "../../log.ts";
import { clientOptions, type SlackConnection, toSlackLogger } from "../web-api/clients.ts";
import { parsePayload } from "./payload.ts";

/** Reconnects within two seconds of silence instead of five. */
const PING_TIMEOUT_MS = 2_000;
/**
 * The one call of this client asks for an address and may be repeated. It must be: where a call of a reconnect fails for
 * good, the SDK leaves a rejection that nobody can handle, which ends the process.
 */
const ASK_AGAIN = { forever: true, factor: 1.3, maxTimeout: 30_000, unref: true };

interface SocketEvent {
	body: unknown;
	ack: (answer?: unknown) => Promise<void>;
}

/**
 * Slack's traffic over a WebSocket instead of HTTP. A payload is acknowledged after `take` made it durable; where that
 * failed it is not, and Slack sends it again.
 */
export function createSocketMode(deps: {
	connection: SlackConnection & { appToken: string };
	take: (body: unknown) => Promise<string | object | undefined>;
	log: Log;
}): { start(): Promise<void>; stop(): Promise<void> } {
	const { connection, take, log } = deps;
	const client = new SocketModeClient({
		appToken: connection.appToken,
		clientOptions: { ...clientOptions(connection, log), retryConfig: ASK_AGAIN },
		clientPingTimeout: PING_TIMEOUT_MS,
		logger: toSlackLogger(log),
	});
	client.on("slack_event", ({ body, ack }: SocketEvent) => {
		take(parsePayload(JSON.stringify(body)))
			.then((answer) => ack(answer))
			.catch((error: unknown) => log.error({ err: error }, "something from Slack could not be taken"));
	});
	return {
		async start() {
			try {
				await client.start();
			} catch (cause) {
				throw new AppError(
					"slack_unavailable",
					"Slack does not open a Socket Mode connection: check SLACK_APP_TOKEN (it needs connections:write).",
					{ retryable: true, cause },
				);
			}
		},
		async stop() {
			await client.disconnect();
		},
	};
}
