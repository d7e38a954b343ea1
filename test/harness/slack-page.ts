import { mkdtemp, rm } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { WebClient } from "@slack/web-api";
import { Hono } from "hono";
import { pino } from "pino";
import type { BrowserContext, Page } from "playwright-core";
import { listen } from "../../src/http/server.ts";
import { buildPage } from "../../src/playground/build-page.ts";
import { createPlaygroundSlack } from "../../src/playground/slack/playground-slack.ts";
import { PATIENCE_MS } from "../config/patience.ts";
import { launchChromium } from "./chromium.ts";

/** What Slack sends to the app when somebody uses one of its elements. */
export interface Interaction {
	type: string;
	trigger_id: string;
	actions: { type: string; action_id: string; value?: string; selected_option?: { value: string } }[];
	state?: { values: unknown };
	view: { id: string; state: { values: Record<string, Record<string, Record<string, unknown>>> } };
	action_id: string;
	value: string;
	[key: string]: unknown;
}

const manifest = {
	display_information: { name: "Bobbin" },
	features: {
		bot_user: { display_name: "bobbin" },
		agent_view: {},
		app_home: { home_tab_enabled: true },
		slash_commands: [{ command: "/bobbin", description: "How to work with Bobbin", usage_hint: "help" }],
		shortcuts: [{ type: "message", name: "Give to Bobbin", callback_id: "give_to_bobbin" }],
	},
	oauth_config: {
		scopes: {
			bot: [
				"app_mentions:read",
				"channels:history",
				"channels:read",
				"chat:write",
				"im:history",
				"reactions:write",
			],
		},
	},
	settings: {
		event_subscriptions: { bot_events: ["app_mention", "agent_session_stopped", "app_home_opened"] },
	},
};

/**
 * The playground Slack with its page, a browser, and an app that does what the test says. `await using` takes it down.
 */
export async function createSlackPage() {
	const log = pino({ level: "silent" });
	const dataDir = await mkdtemp(join(tmpdir(), "bobbin-page-"));
	const server = await listen({ host: "127.0.0.1", port: 0, log });
	const playground = createPlaygroundSlack({
		dataDir,
		origin: server.origin,
		eventsUrl: `${server.origin}/app`,
		pageDir: await buildPage(),
		manifest,
		log,
	});

	const received: Interaction[] = [];
	const events: { type: string; [key: string]: unknown }[] = [];
	const waiting = new Set<() => void>();
	let answer: (interaction: Interaction) => unknown = () => null;
	const streams = new Set<Socket>();
	let isCut = false;
	const app = new Hono<{ Bindings: { incoming: IncomingMessage } }>();
	app.use("/playground/slack/page/stream", async (c, next) => {
		if (isCut) return c.text("starting", 503);
		streams.add(c.env.incoming.socket);
		return next();
	});
	app.route("/playground/slack", playground.app);
	app.post("/app", async (c) => {
		const body = await c.req.text();
		let reply: unknown = null;
		if (c.req.header("content-type")?.includes("json")) {
			events.push((JSON.parse(body) as { event: { type: string } }).event);
		} else {
			const fields = new URLSearchParams(body);
			const payload = fields.get("payload");
			const interaction = (
				payload === null ? { type: "command", ...Object.fromEntries(fields) } : JSON.parse(payload)
			) as Interaction;
			received.push(interaction);
			reply = await answer(interaction);
		}
		for (const look of waiting) look();
		return reply === null || reply === undefined ? c.body(null, 200) : c.json(reply as object);
	});
	server.open(app as unknown as Hono, [playground.upgrade]);
	playground.start();
	const browser = await launchChromium();
	const contexts: BrowserContext[] = [];
	const outside: string[] = [];
	const complaints: string[] = [];

	async function waitFor<T, U extends T>(list: T[], fits: (one: T) => one is U): Promise<U>;
	async function waitFor<T>(list: T[], fits: (one: T) => boolean): Promise<T>;
	async function waitFor<T>(list: T[], fits: (one: T) => boolean): Promise<T> {
		const { promise, resolve } = Promise.withResolvers<T>();
		const look = () => {
			const found = list.find(fits);
			if (found !== undefined) resolve(found);
		};
		waiting.add(look);
		look();
		return promise.finally(() => waiting.delete(look));
	}

	return {
		bot: new WebClient(playground.connection.botToken, {
			slackApiUrl: playground.connection.apiUrl,
			retryConfig: { retries: 0 },
		}),
		botUserId: playground.connection.botUserId,
		received,
		/** Requests that left this machine. */
		outside,
		/** What the browser's console complained of. */
		complaints,
		channelId(name: string): string {
			const found = playground.describe().channels.find((channel) => channel.name === name);
			if (found === undefined) throw new Error(`there is no channel ${name}`);
			return found.id;
		},
		human: (name: string) =>
			new WebClient(`xoxp-${name}`, {
				slackApiUrl: playground.connection.apiUrl,
				retryConfig: { retries: 0 },
			}),
		/** Ends every stream to a page, and lets no new one begin until it is mended. */
		cutStreams() {
			isCut = true;
			for (const socket of streams) socket.destroy();
			streams.clear();
		},
		mendStreams() {
			isCut = false;
		},
		/** What the app answers to interactions from now on. */
		answerWith(next: (interaction: Interaction) => unknown) {
			answer = next;
		},
		interaction: (fits: (one: Interaction) => boolean) => waitFor(received, fits),
		event: (type: string) => waitFor(events, (one) => one.type === type),

		/** A browser window of somebody, at a place of the page such as `C012/1700000000.000100`. */
		async open(name: string, place = "", size = { width: 1360, height: 860 }): Promise<Page> {
			const context = await browser.newContext({ viewport: size, reducedMotion: "reduce", locale: "en-GB" });
			contexts.push(context);
			const page = await context.newPage();
			page.setDefaultTimeout(PATIENCE_MS);
			page.on("request", (request) => {
				const url = new URL(request.url());
				if (url.protocol.startsWith("http") && url.origin !== server.origin) outside.push(request.url());
			});
			page.on("console", (message) => {
				if (message.type() === "error") complaints.push(message.text());
			});
			page.on("pageerror", (error) => complaints.push(error.message));
			await page.goto(`${server.origin}/playground/slack/#/${name}/${place}`);
			return page;
		},

		async [Symbol.asyncDispose]() {
			for (const context of contexts) await context.close();
			await browser.close();
			await playground.stop();
			await server.close();
			await rm(dataDir, { recursive: true, force: true });
		},
	};
}

export type SlackPage = Awaited<ReturnType<typeof createSlackPage>>;
