import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type Context, Hono } from "hono";
import type { Log } from "../../log.ts";
import { createHttpLink, createSocketLink } from "./app-link.ts";
import { createDeliveries, RETRY_DELAYS_MS } from "./deliveries.ts";
import { wrapEvent } from "./event-envelope.ts";
import { receiveUpload, sendFile } from "./file-routes.ts";
import { createInteractions } from "./interactions/interactions.ts";
import {
	addCodeChannels,
	type Manifest,
	parseManifest,
	readManifest,
	readRaw,
	registerAt,
} from "./manifest.ts";
import type { User } from "./model.ts";
import { createOauthPages } from "./oauth.ts";
import { createPageApi } from "./page-api.ts";
import { answerResponseUrl } from "./response-urls.ts";
import { seed } from "./seed.ts";
import { createSocketHub } from "./socket-hub.ts";
import { sendPage } from "./static-page.ts";
import { openStore } from "./store.ts";
import { createTriggers } from "./triggers.ts";
import { createRateLimits } from "./web-api/rate-limits.ts";
import { createWebApi, type Fault, faultyAnswer } from "./web-api/web-api.ts";
import { APP, createTs, type Notice, type World } from "./world.ts";

export interface PlaygroundSlackDeps {
	dataDir: string;
	/** Where the process is reached: `http://127.0.0.1:3000`. */
	origin: string;
	/** Where events, commands, interactions and option requests go in mode `http`. */
	eventsUrl: string;
	mode?: "http" | "socket";
	log: Log;
	now?: () => number;
	fetch?: typeof fetch;
	/** How long after a failed delivery the next one comes; as many as are listed. Default: at once, 1 min, 5 min. */
	retryDelaysMs?: readonly number[];
	/** The app's manifest; default: the project's own. */
	manifest?: unknown;
	/** The app is registered with code channels, too, as the second manifest of the project has it. Default: not. */
	codeChannels?: boolean;
	/** So many more members of the first workspace: `p101`, `p102`, … */
	crowd?: number;
	/** The built page, or null when there is none. */
	pageDir?: string | null;
}

export interface PlaygroundSlack {
	/** Paths relative to `/playground/slack`. */
	app: Hono;
	/** Takes a Socket Mode connection at `/playground/slack/link`; false when the request is for somebody else. */
	upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean;
	connection: {
		/** Ends with a slash. */
		apiUrl: string;
		botToken: string;
		appToken: string;
		configToken: string;
		signingSecret: string;
		teamId: string;
		appId: string;
		botUserId: string;
		oauth: { clientId: string; clientSecret: string; authorizeUrl: string; redirectUrl: string };
	};
	describe(): {
		apiUrl: string;
		users: { id: string; name: string; token: string }[];
		channels: { id: string; name: string }[];
		botUserId: string;
	};
	/** As if the app had been installed with these scopes, before its manifest asked for more. */
	limitScopes(scopes: string[]): void;
	/** Begins to deliver, what was pending when the process died included. */
	start(): void;
	/** Resolves when every event that is due was tried. */
	settleEvents(): Promise<void>;
	stop(): Promise<void>;
}

/** A small Slack that runs on this machine and refuses what Slack refuses. It answers on loopback only. */
export function createPlaygroundSlack(deps: PlaygroundSlackDeps): PlaygroundSlack {
	const now = deps.now ?? Date.now;
	const url = `${deps.origin}/playground/slack`;
	const first: Manifest = deps.manifest === undefined ? readManifest() : parseManifest(deps.manifest);
	const read = deps.codeChannels ? addCodeChannels(first) : first;
	const appOrigin = new URL(deps.eventsUrl).origin;
	const manifest = registerAt(read, appOrigin);
	const registered = registerAt(deps.manifest ?? readRaw(), appOrigin);
	const store = openStore(deps.dataDir);
	seed(store, manifest, deps.crowd ?? 0);
	const tokens = {
		bot: store.secret("bot_token", "xoxb-"),
		app: store.secret("app_token", "xapp-1-"),
		config: store.secret("config_token", "xoxe.xoxp-1-"),
	};
	const oauth = { clientId: store.secret("client_id"), clientSecret: store.secret("client_secret") };
	const signingSecret = store.secret("signing_secret");
	const listeners = new Set<(notice: Notice) => void>();
	const faults: Fault[] = [];

	const world: World = {
		store,
		manifest,
		url,
		log: deps.log,
		now,
		newTs: createTs(now, store.latestTs()),
		triggers: createTriggers(now),
		notify(notice) {
			for (const listener of listeners) listener(notice);
		},
		refuse(refusal) {
			const kept = store.addRefusal({ at: now(), ...refusal });
			deps.log.warn({ method: kept.method, error: kept.error }, "playground Slack refused the app");
			world.notify({ type: "refused", refusal: kept });
		},
		enqueue(bot, eventTeamId, event, { external }) {
			const wrapped = wrapEvent(event, { bot, eventTeamId, external, nowMs: now() });
			store.addDelivery({
				event_id: wrapped.eventId,
				team_id: bot.teamId,
				body: JSON.stringify(wrapped.body),
				next_at: now(),
			});
			setImmediate(deliveries.poke);
		},
	};

	const sockets = createSocketHub({
		url: `${url.replace(/^http/, "ws")}/link`,
		onConnect: () => deliveries.poke(),
	});
	const link =
		deps.mode === "socket"
			? createSocketLink(sockets)
			: createHttpLink({ url: deps.eventsUrl, signingSecret, now, fetch: deps.fetch ?? fetch });
	const deliveries = createDeliveries({
		store,
		link,
		log: deps.log,
		now,
		retryDelaysMs: deps.retryDelaysMs ?? RETRY_DELAYS_MS,
		refuse: world.refuse,
	});
	const takeFault = (method: string) => {
		const index = faults.findIndex((fault) => fault.method === method);
		return index < 0 ? undefined : faults.splice(index, 1)[0];
	};
	const webApi = createWebApi({
		world,
		tokens,
		oauth,
		registered,
		rateLimits: createRateLimits(now),
		newSocketUrl: sockets.newUrl,
		takeFault,
	});

	const app = new Hono();
	app.use(onlyFromHere(deps.origin));
	app.on(["GET", "POST"], "/api/:method", (context) => webApi(context, context.req.param("method")));
	for (const what of ["upload", "files"])
		app.use(`/${what}/*`, async (_, next) => {
			const { status, retryAfterS } = takeFault(what) ?? {};
			return status === undefined ? next() : faultyAnswer(status, retryAfterS);
		});
	app.post("/upload/:id", (context) => receiveUpload(world, context, context.req.param("id")));
	app.get("/files/:key/download/:name", (context) =>
		sendFile(world, tokens, context, context.req.param("key"), { download: true }),
	);
	app.get("/files/:key/:name", (context) =>
		sendFile(world, tokens, context, context.req.param("key"), { download: false }),
	);
	app.post("/response/:id", async (context) =>
		answerResponseUrl(world, context.req.param("id"), await readJson(context)),
	);
	app.route(
		"/page",
		createPageApi({
			world,
			interactions: createInteractions(world, link),
			subscribe(listener) {
				listeners.add(listener);
				return () => listeners.delete(listener);
			},
			addFaults: (added) => faults.push(...added),
			refreshSockets: sockets.refresh,
		}),
	);
	app.route("/", createOauthPages({ world, app: oauth }));
	const pageDir = deps.pageDir ?? null;
	app.get("/*", (context) => {
		const base = new URL(url).pathname;
		const path = new URL(context.req.url).pathname;
		return path === base ? context.redirect(`${base}/`) : sendPage(pageDir, path.slice(base.length));
	});

	return {
		app,
		upgrade: sockets.upgrade,
		connection: {
			apiUrl: `${url}/api/`,
			botToken: tokens.bot,
			appToken: tokens.app,
			configToken: tokens.config,
			signingSecret,
			teamId: APP.teamId,
			appId: APP.id,
			botUserId: APP.botUserId,
			oauth: {
				...oauth,
				authorizeUrl: `${url}/oauth/v2/authorize`,
				redirectUrl: `${appOrigin}/slack/oauth_redirect`,
			},
		},
		describe: () => ({
			apiUrl: `${url}/api/`,
			users: store
				.users()
				// Whoever takes the first one should be somebody who may do everything.
				.toSorted((a, b) => toRank(a) - toRank(b))
				.flatMap(({ id, name, token, deleted }) => (token === null || deleted ? [] : [{ id, name, token }])),
			channels: store
				.channels()
				.filter(
					(channel) =>
						channel.kind === "channel" && !channel.is_archived && store.isMember(channel.id, APP.botUserId),
				)
				.map(({ id, name }) => ({ id, name })),
			botUserId: APP.botUserId,
		}),
		limitScopes(scopes) {
			const home = store.installation(APP.teamId);
			if (home !== undefined) store.saveInstallation({ ...home, scopes });
		},
		start: deliveries.start,
		settleEvents: deliveries.settle,
		async stop() {
			link.stop();
			sockets.close();
			await deliveries.stop();
			store.close();
		},
	};
}

/** Refuses requests that other machines or other sites' pages make: the humans' tokens here are easy to guess. */
function onlyFromHere(origin: string) {
	const hosts = new Set(["localhost", "127.0.0.1", "[::1]", new URL(origin).hostname]);
	return async (context: Context, next: () => Promise<void>): Promise<Response | undefined> => {
		const from = context.req.header("origin");
		const foreign = from !== undefined && (!URL.canParse(from) || !hosts.has(new URL(from).hostname));
		const remote = (context.env as { incoming?: IncomingMessage } | undefined)?.incoming?.socket
			.remoteAddress;
		const far = remote !== undefined && !/^(::1|(::ffff:)?127\.)/.test(remote);
		if (foreign || far || !hosts.has(new URL(context.req.url).hostname)) {
			return context.text("The playground answers on this machine only.", 403);
		}
		await next();
		return undefined;
	};
}

async function readJson(context: Context): Promise<unknown> {
	const text = await context.req.text();
	try {
		return JSON.parse(text) as unknown;
	} catch {
		return text;
	}
}

/** People of the app's own workspace first, those with the most rights before the others. */
function toRank({ kind, team_id }: User): number {
	return (team_id === APP.teamId ? 0 : 10) + { admin: 0, member: 1, guest: 2, bot: 3 }[kind];
}
