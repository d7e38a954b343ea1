import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { getRequestListener } from "@hono/node-server";
import { Hono } from "hono";
import { pino } from "pino";
import {
	createPlaygroundSlack,
	type PlaygroundSlack,
	type PlaygroundSlackDeps,
} from "../../src/playground/slack/playground-slack.ts";
import { listenHere, shut } from "./listen.ts";

/** Everything that an app may ask for, so that tests can look at one refusal at a time. */
const FULL_MANIFEST = {
	display_information: { name: "Bobbin" },
	features: {
		bot_user: { display_name: "bobbin" },
		agent_view: { agent_description: "test" },
		app_home: { home_tab_enabled: true, messages_tab_enabled: true },
		slash_commands: [{ command: "/bobbin", description: "test", usage_hint: "", should_escape: true }],
		shortcuts: [
			{ type: "message", name: "From message", callback_id: "from_message" },
			{ type: "global", name: "Anywhere", callback_id: "anywhere" },
		],
		unfurl_domains: ["bobbin.example"],
	},
	oauth_config: {
		scopes: {
			bot: [
				"app_mentions:read",
				"assistant:write",
				"channels:history",
				"channels:join",
				"channels:read",
				"chat:write",
				"commands",
				"files:read",
				"files:write",
				"groups:history",
				"groups:read",
				"im:history",
				"im:read",
				"im:write",
				"links:read",
				"links:write",
				"reactions:read",
				"reactions:write",
				"team:read",
				"users:read",
				"users:read.email",
			],
		},
	},
	settings: {
		event_subscriptions: {
			bot_events: [
				"agent_session_stopped",
				"app_home_opened",
				"app_mention",
				"link_shared",
				"member_joined_channel",
				"message.channels",
				"message.groups",
				"message.im",
				"reaction_added",
			],
		},
		interactivity: { is_enabled: true },
	},
};

export interface RunningPlayground {
	slack: PlaygroundSlack;
	origin: string;
	/** Stops the HTTP server and the playground. */
	close(): Promise<void>;
	/** Stops serving, but leaves the playground as a killed process would. */
	abandon(): Promise<void>;
}

/** Serves a playground Slack on a port of its own. */
export async function runPlaygroundSlack(
	deps: Partial<PlaygroundSlackDeps> & { dataDir: string; eventsUrl: string },
): Promise<RunningPlayground> {
	let slack: PlaygroundSlack | undefined;
	const app = new Hono();
	const server = createServer((request, response) => {
		void getRequestListener(app.fetch)(request, response);
	});
	server.on("upgrade", (request, socket, head) => {
		if (slack?.upgrade(request, socket, head) !== true) socket.destroy();
	});
	const origin = await listenHere(server);
	slack = createPlaygroundSlack({
		manifest: FULL_MANIFEST,
		log: pino({ level: "silent" }),
		...deps,
		origin,
	});
	app.route("/playground/slack", slack.app);
	const running = slack;
	running.start();
	return {
		slack: running,
		origin,
		async close() {
			await running.stop();
			await shut(server);
		},
		abandon: () => shut(server),
	};
}

export interface Received {
	body: Record<string, unknown>;
	event: Record<string, unknown>;
	headers: IncomingMessage["headers"];
	signatureValid: boolean;
}

/** A small app: takes Slack's deliveries, checks their signature, answers what it is told to. */
export async function runReceiver(signingSecret: () => string) {
	const received: Received[] = [];
	const waiters = new Set<() => void>();
	const app = {
		received,
		url: "",
		/** Answers a delivery; default: 200 with nothing. */
		answer: (_received: Received, response: ServerResponse): void => {
			response.end();
		},
		events: () => received.filter((one) => one.body.type === "event_callback"),
		/** Waits until a condition on what was received holds. */
		async until(condition: () => boolean): Promise<void> {
			while (!condition()) {
				await new Promise<void>((resolve) => {
					waiters.add(resolve);
				});
			}
		},
		close: () => shut(server),
	};
	const server = createServer((request, response) => {
		const chunks: Buffer[] = [];
		request.on("data", (chunk: Buffer) => chunks.push(chunk));
		request.on("end", () => {
			const raw = Buffer.concat(chunks).toString();
			const body = parse(raw, request.headers["content-type"] ?? "");
			const one: Received = {
				body,
				event: (body.event ?? {}) as Record<string, unknown>,
				headers: request.headers,
				signatureValid: isSigned(signingSecret(), request.headers, raw),
			};
			received.push(one);
			app.answer(one, response);
			for (const wake of waiters) wake();
			waiters.clear();
		});
	});
	app.url = `${await listenHere(server)}/slack/events`;
	return app;
}

function parse(raw: string, contentType: string): Record<string, unknown> {
	if (contentType.includes("json")) return JSON.parse(raw) as Record<string, unknown>;
	const fields = Object.fromEntries(new URLSearchParams(raw));
	return fields.payload ? (JSON.parse(fields.payload) as Record<string, unknown>) : fields;
}

function isSigned(secret: string, headers: IncomingMessage["headers"], raw: string): boolean {
	const timestamp = String(headers["x-slack-request-timestamp"]);
	const expected = `v0=${createHmac("sha256", secret).update(`v0:${timestamp}:${raw}`).digest("hex")}`;
	const given = String(headers["x-slack-signature"]);
	return given.length === expected.length && timingSafeEqual(Buffer.from(given), Buffer.from(expected));
}
