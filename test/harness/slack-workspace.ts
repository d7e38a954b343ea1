import { createHmac, randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Block, type KnownBlock, WebClient } from "@slack/web-api";
import { Hono } from "hono";
import { pino } from "pino";
import { readTopic } from "../../classifier/topic.ts";
import { createBudget } from "../../src/budget/budget.ts";
import { createSlackInstall } from "../../src/create-slack-install.ts";
import { createListener } from "../../src/db/listener.ts";
import { listen } from "../../src/http/server.ts";
import { createShowThreadTask } from "../../src/jobs/tasks/show-thread.ts";
import { createTellChannelTask } from "../../src/jobs/tasks/tell-channel.ts";
import { maskSecrets } from "../../src/masking/mask-secrets.ts";
import type { Access } from "../../src/people/access.ts";
import type { AgentSession } from "../../src/playground/slack/model.ts";
import { createPlaygroundSlack } from "../../src/playground/slack/playground-slack.ts";
import { createSeal } from "../../src/secrets/seal.ts";
import { createSessions } from "../../src/sessions/create-sessions.ts";
import { createEventLog } from "../../src/sessions/log/event-log.ts";
import { createReleaseHeld } from "../../src/sessions/queue/release-held.ts";
import { createIntroduceChannel } from "../../src/sessions/routing/introduce-channel.ts";
import type { Sessions } from "../../src/sessions/sessions.ts";
import { createSessionControl } from "../../src/sessions/turn/session-control.ts";
import type { Accounts } from "../../src/slack/accounts.ts";
import type { HomeParts } from "../../src/slack/home/read-home.ts";
import type { Foresight } from "../../src/slack/listeners/deps.ts";
import type { ReadChanges } from "../../src/slack/native/code-channel/furnish.ts";
import { createSlack, type Slack } from "../../src/slack/slack.ts";
import type { ReplyJudge } from "../../src/slack/talk/reply-judge.ts";
import { createTestDatabase } from "./database.ts";
import { openAccess } from "./open-access.ts";
import { createSlackFaultProxy } from "./slack-fault-proxy.ts";
import { createToldJobs } from "./told-jobs.ts";

/** A message as the Web API gives it. */
export interface ThreadMessage {
	ts: string;
	text: string;
	user?: string;
	bot_id?: string;
	blocks?: (KnownBlock | Block)[];
	files?: { name: string; url_private: string }[];
	reactions?: { name: string; users: string[] }[];
}

/** Nobody is to know of anything. */
export const noForesight: Foresight = {
	mentioned: () => {},
	typed: () => {},
	picked: () => {},
	visited: () => {},
	linked: () => {},
	looked: () => {},
};

/**
 * A whole workspace on real sockets: the playground Slack, a spoilable way to it, the Slack app over the real domain and a
 * real database. Unless told otherwise no job is run: a test shows a thread itself. `await using` takes it all down.
 */
export async function createSlackWorkspace(
	options: {
		wrap?: (sessions: Sessions) => Sessions;
		socketMode?: true;
		foresight?: Foresight;
		/** People's GitHub accounts; with them, prompts of people without one are held. */
		accounts?: Accounts;
		/** Left out: every reply in a session's thread is a prompt. */
		replyJudge?: ReplyJudge;
		/** Left out: everybody may use every repository. */
		access?: Access;
		/** Runs the jobs that show threads, as the job runner would: until the thread is shown. */
		showJobs?: true;
		/** Told of every job, once its transaction has committed. */
		onJob?: (name: string, payload: object) => void;
		now?: () => number;
		/** Left out: one of its own. */
		database?: Awaited<ReturnType<typeof createTestDatabase>>;
		/** The app is registered with code channels. */
		codeChannels?: true;
		/** So many more members of the workspace. */
		crowd?: number;
		/** What sessions changed. Left out: nobody says. */
		readChanges?: ReadChanges;
		/** The built page of the playground, for whoever looks at it. */
		pageDir?: string;
		/** Left out: homes show no repositories and no pictures. */
		home?: HomeParts;
		/** Says what it does the first time in a channel, and runs the jobs that do. */
		introduce?: true;
	} = {},
) {
	const { now = Date.now } = options;
	const log = pino({ level: process.env.TEST_LOG_LEVEL ?? "silent" });
	const database = options.database ?? (await createTestDatabase());
	const dataDir = await mkdtemp(join(tmpdir(), "bobbin-slack-"));
	const listener = createListener({ database, log });
	const eventLog = createEventLog({ database, listener, log, now });
	// What a session is told is listened for from the start.
	const control = createSessionControl({ listener });
	const jobs = createToldJobs(listener, {
		tasks: () => tasks,
		onJob: (name, payload) => options.onJob?.(name, payload),
	});
	const { enqueue } = jobs;
	const newest = () => current ?? startInstance();
	const of = { db: database.db, enqueue };
	const tasks = [
		...(options.introduce
			? [createTellChannelTask({ ...of, tellChannel: (line) => newest().tellChannel(line) })]
			: []),
		...(options.showJobs
			? [createShowThreadTask({ ...of, showThread: (id) => newest().showThread(id) })]
			: []),
	];
	await listener.start();
	const seal = createSeal(() => [{ id: "test", bytes: new Uint8Array(32).fill(7) }]);
	const sessions = createSessions({
		db: database.db,
		eventLog,
		access: options.access ?? openAccess,
		enqueue,
		mask: maskSecrets,
		...(options.accounts === undefined ? {} : { canLink: true }),
		now,
		newId: randomUUID,
	});
	const budget = createBudget({
		...{ db: database.db, enqueue, access: options.access ?? openAccess, now, newId: randomUUID },
		defaults: { prompt: null, session: null, person: null, channel: null, workspace: null },
	});
	const server = await listen({ host: "127.0.0.1", port: 0, log });
	const playground = createPlaygroundSlack({
		dataDir,
		origin: server.origin,
		eventsUrl: `${server.origin}/slack/events`,
		...(options.socketMode ? { mode: "socket" as const } : {}),
		...(options.pageDir === undefined ? {} : { pageDir: options.pageDir }),
		...(options.codeChannels ? { codeChannels: true } : {}),
		...(options.crowd === undefined ? {} : { crowd: options.crowd }),
		now,
		log,
	});
	const proxy = await createSlackFaultProxy(playground.connection.apiUrl);
	const instances: Slack[] = [];
	let current: Slack | null = null;
	const told: object[] = [];
	const introduce = createIntroduceChannel({
		...{ db: database.db, access: options.access ?? openAccess, readTopic, now },
		enqueue: (tx, kind, payload, when) => {
			told.push(payload);
			return enqueue(tx, kind, payload, when);
		},
	});

	/** Another instance of the app on the same database; events go to the newest. */
	function startInstance(): Slack {
		const { botToken, signingSecret, appToken } = playground.connection;
		const slack = createSlack({
			connection: {
				botToken,
				signingSecret: options.socketMode ? null : signingSecret,
				appToken: options.socketMode ? appToken : null,
				apiUrl: proxy.apiUrl,
				oauth: playground.connection.oauth,
			},
			database,
			enqueue,
			seal,
			sessions: options.wrap?.(sessions) ?? sessions,
			...(options.accounts === undefined
				? {}
				: { accounts: options.accounts, releaseUnlinked: createReleaseHeld({ enqueue, now }) }),
			models: ["claude-sonnet-5-5", "claude-opus-5-5", "claude-haiku-5-5"],
			...(options.introduce ? { introduceChannel: introduce } : {}),
			foresight: options.foresight ?? noForesight,
			sessionUrl: (sessionId) => `${server.origin}/sessions/${sessionId}`,
			...(options.home === undefined ? {} : { home: options.home }),
			...(options.readChanges === undefined ? {} : { readChanges: options.readChanges }),
			mask: maskSecrets,
			budget,
			...(options.replyJudge === undefined ? {} : { replyJudge: options.replyJudge }),
			log,
			now,
			newId: randomUUID,
		});
		instances.push(slack);
		current = slack;
		return slack;
	}

	let isDeaf = false;
	const app = new Hono()
		.post("/slack/events", (c) =>
			current === null || isDeaf ? c.text("starting", 503) : current.handleHttp(c.req.raw),
		)
		.route("/", installRoutes())
		.route("/playground/slack", playground.app);
	server.open(app, [playground.upgrade]);
	playground.start();
	const slack = startInstance();

	/** Of whichever instance is the newest when somebody comes. */
	function installRoutes() {
		const config = { slack: null, slackUrl: "https://slack.com", publicUrl: null };
		const install: Slack["install"] = {
			begin: () => the(current?.install).begin(),
			finish: (input) => the(current?.install).finish(input),
		};
		return createSlackInstall({ config, install, origin: server.origin, log });
	}

	const human = (name: string) =>
		new WebClient(`xoxp-${name}`, { slackApiUrl: playground.connection.apiUrl });
	const bot = new WebClient(playground.connection.botToken, { slackApiUrl: playground.connection.apiUrl });
	const channelId = (name: string): string => {
		const found = playground.describe().channels.find((channel) => channel.name === name);
		if (found === undefined) throw new Error(`the playground has no channel ${name}`);
		return found.id;
	};

	async function readPage(name: string, path: string): Promise<unknown> {
		const response = await fetch(`${server.origin}/playground/slack/page/${path}`, {
			headers: { authorization: `Bearer xoxp-${name}` },
		});
		if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
		return response.json();
	}

	/** As the page has them: the Web API would soon have had enough of somebody who looks so often. */
	async function readMessages(by: string, at: { channelId: string; threadTs?: string }) {
		const query = new URLSearchParams({
			channel: at.channelId,
			...(at.threadTs === undefined ? {} : { thread: at.threadTs }),
		});
		return ((await readPage(by, `messages?${query}`)) as { messages: ThreadMessage[] }).messages;
	}

	return {
		log,
		database,
		eventLog,
		control,
		enqueue,
		sessions,
		budget,
		playground,
		proxy,
		slack,
		startInstance,
		/** Resolves when no job is under way. */
		jobsIdle: jobs.idle,
		introduce,
		/** How many lines were to be said in a channel. */
		toldChannels: (channelId: string) =>
			told.filter((line) => "channelId" in line && line.channelId === channelId).length,
		origin: server.origin,
		/** From now on nothing that Slack sends arrives, or again. */
		setDeaf(deaf: boolean) {
			isDeaf = deaf;
		},
		bot,
		human,
		channelId,
		userId: (name: string) => playground.describe().users.find((user) => user.name === name)?.id ?? "",

		/** Writes as a person would; gives the thread that it starts or belongs to. */
		async say(name: string, channel: string, text: string, threadTs?: string) {
			const posted = await human(name).chat.postMessage({
				channel: channelId(channel),
				text,
				...(threadTs === undefined ? {} : { thread_ts: threadTs }),
			});
			return { channelId: channelId(channel), ts: posted.ts ?? "", threadTs: threadTs ?? posted.ts ?? "" };
		},

		/** The messages of a thread, or of a channel, oldest first, as somebody sees them. */
		thread: (at: { channelId: string; threadTs?: string }, by = "mia") => readMessages(by, at),

		/** What Slack itself shows of a thread's session, as somebody sees it. */
		async sign(at: { channelId: string; threadTs: string }, by = "mia"): Promise<AgentSession | undefined> {
			const { sessions } = (await readPage(by, "state")) as { sessions: AgentSession[] };
			return sessions.find((one) => one.channel_id === at.channelId && one.thread_ts === at.threadTs);
		},

		/** Delivers a payload to the app as Slack would, signed. */
		deliver(body: object, change: { signingSecret?: string; timestamp?: number } = {}): Promise<Response> {
			const raw = JSON.stringify(body);
			const timestamp = String(change.timestamp ?? Math.floor(Date.now() / 1000));
			const secret = change.signingSecret ?? playground.connection.signingSecret;
			const signature = createHmac("sha256", secret).update(`v0:${timestamp}:${raw}`).digest("hex");
			return fetch(`${server.origin}/slack/events`, {
				method: "POST",
				body: raw,
				headers: {
					"content-type": "application/json",
					"x-slack-request-timestamp": timestamp,
					"x-slack-signature": `v0=${signature}`,
				},
			});
		},

		/** What a person sees on the playground's page. */
		readPage,

		/** One thing done on the playground's page as a person. */
		async onPage(name: string, path: string, body: object): Promise<unknown> {
			const response = await fetch(`${server.origin}/playground/slack/page/${path}`, {
				method: "POST",
				headers: { authorization: `Bearer xoxp-${name}`, "content-type": "application/json" },
				body: JSON.stringify(body),
			});
			if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
			return response.json();
		},

		async [Symbol.asyncDispose]() {
			await jobs.stop();
			await Promise.all(instances.map((instance) => instance.stop()));
			await playground.stop();
			await proxy.close();
			await server.close();
			await eventLog.stop();
			await listener.stop();
			await database.drop();
			await rm(dataDir, { recursive: true, force: true });
		},
	};
}

function the<T>(value: T | null | undefined): T {
	if (value === null || value === undefined) throw new Error("it is not there");
	return value;
}

export type SlackWorkspace = Awaited<ReturnType<typeof createSlackWorkspace>>;
