import { join } from "node:path";
import type { LoggedEvent } from "../../src/contract/event.ts";
import { type Database, openDatabase } from "../../src/db/client.ts";
import { APP, type Notice } from "../../src/playground/slack/world.ts";
import { readEvents } from "../../src/sessions/log/event-store.ts";
import { describePlayground, joinPlayground } from "../harness/playground-client.ts";
import { openSandboxes } from "../harness/sandbox-access.ts";
import { startApp } from "../harness/start-app.ts";
import type { BenchPostgres } from "./bench-postgres.ts";
import { type InstantModel, startInstantModel } from "./instant-model.ts";
import { watchSlack } from "./slack-watch.ts";

export const REPOSITORY = "acme/web-shop";
const CHANNELS = ["shop", "general"];
/** Slack lets an app react 50 times a minute, and a prompt has two reactions. */
const MENTION_EVERY_MS = 2_600;

/** A prompt that was posted, with times of `performance.now()`. */
interface Posted {
	channel: string;
	threadTs: string;
	ts: string;
	postedAtMs: number;
}

/** The whole app over the playground and a model that answers at once. */
export interface MeasuredApp {
	model: InstantModel;
	/** Prepares a sandbox on the repository. */
	warm(): Promise<void>;
	/** Posts as a person: a mention, or a reply where `thread` is given. Waits first where Slack's limits want it. */
	post(text: string, thread?: Posted): Promise<Posted>;
	/** Posts mentions all at once. What Slack's limits want is waited for before, and left for whoever posts next. */
	postAtOnce(texts: string[]): Promise<Posted[]>;
	/** When Bobbin showed anything about a prompt. */
	firstSign(posted: Posted): Promise<number>;
	/** Resolves when the prompt has the reaction, and nothing of its session is under way. */
	settled(posted: Posted, reaction: string): Promise<void>;
	readEvents(posted: Posted): Promise<LoggedEvent[]>;
	/** Builds the repository's image unless it has one, and waits until new sandboxes are made from it. */
	buildImage(): Promise<void>;
	/** Waits until a session's work is in a snapshot that was taken after this prompt. */
	snapshotted(posted: Posted): Promise<void>;
	/** Ends the sandboxes of all sessions. */
	clear(): Promise<void>;
	stop(): Promise<void>;
}

export async function startMeasuredApp(postgres: BenchPostgres): Promise<MeasuredApp> {
	const model = await startInstantModel(REPOSITORY);
	const url = await postgres.createUrl("bench_app");
	const app = await startApp({ DATABASE_URL: url, ANTHROPIC_BASE_URL: model.url, ANTHROPIC_API_KEY: "none" });
	const database = openDatabase(url, { maxConnections: 2 });
	const { slack } = await describePlayground(app.origin);
	const human = await joinPlayground(app.origin, "mia");
	const token = slack.users.find(({ id }) => id === human.id)?.token ?? "";
	const watch = await watchSlack(app.origin, token);
	const sandboxes = openSandboxes(join(app.dataDir, "sandboxes"), { memoryMiB: 4096 });
	const repositoryId = await findRepositoryId(database);
	let posts = 0;
	let mayPostAtMs = 0;

	async function untilMayPost(): Promise<void> {
		const waitMs = mayPostAtMs - performance.now();
		if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
	}

	async function postNow(text: string, thread?: Posted): Promise<Posted> {
		const channel = thread?.channel ?? CHANNELS[posts++ % CHANNELS.length] ?? "";
		const postedAtMs = performance.now();
		mayPostAtMs = Math.max(mayPostAtMs, postedAtMs) + MENTION_EVERY_MS;
		const ts = await human.post({ channel, text, ...(thread ? { threadTs: thread.threadTs } : {}) });
		return { channel, threadTs: thread?.threadTs ?? ts, ts, postedAtMs };
	}

	return {
		model,
		warm: () => app.warm(repositoryId),
		async post(text, thread) {
			await untilMayPost();
			return postNow(text, thread);
		},
		async postAtOnce(texts) {
			await untilMayPost();
			return Promise.all(texts.map((text) => postNow(text)));
		},
		firstSign: ({ ts }) => watch.seen((notice) => hasReaction(notice, ts, null) || isReply(notice, ts)),
		async settled({ ts, threadTs }, reaction) {
			await watch.seen((notice) => hasReaction(notice, ts, reaction));
			await untilIdle(database, threadTs);
		},
		async readEvents({ threadTs }) {
			const sessionId = await findSessionId(database, threadTs);
			return readEvents(database.db, { sessionId, afterSeq: 0, limit: 10_000 });
		},
		async buildImage() {
			const ready = "select 1 from images where repository_id = $1 and state = 'ready'";
			if ((await database.pool.query(ready, [repositoryId])).rows.length > 0) return;
			const asked = await fetch(`${app.origin}/api/repositories/${repositoryId}/images`, { method: "POST" });
			if (!asked.ok) throw new Error(`an image was refused: ${await asked.text()}`);
			await untilRow(database, ready, [repositoryId]);
		},
		async snapshotted({ threadTs }) {
			const sessionId = await findSessionId(database, threadTs);
			await untilRow(
				database,
				`select 1 from session_snapshots s where session_id = $1 and state = 'ready' and created_at >
					(select max(finished_at) from prompts p where p.session_id = s.session_id)`,
				[sessionId],
			);
		},
		async clear() {
			for (const { name } of await sandboxes.list()) await sandboxes.delete(name);
		},
		async stop() {
			watch.close();
			human.close();
			await sandboxes.close();
			await app.remove();
			await database.close();
			await model.stop();
		},
	};
}

/** `name` null: any. */
function hasReaction(notice: Notice, ts: string, name: string | null): boolean {
	if (notice.type !== "reaction" || notice.ts !== ts) return false;
	return notice.reactions.some(
		(reaction) => reaction.users.includes(APP.botUserId) && (name === null || reaction.name === name),
	);
}

function isReply(notice: Notice, threadTs: string): boolean {
	return (
		notice.type === "message" &&
		notice.message.bot_id !== undefined &&
		notice.message.thread_ts === threadTs &&
		notice.message.ts !== threadTs
	);
}

async function findRepositoryId(database: Database): Promise<string> {
	const row = await database.db
		.selectFrom("repositories")
		.select("id")
		.where("name", "=", REPOSITORY.split("/")[1] ?? "")
		.executeTakeFirstOrThrow();
	return row.id;
}

async function findSessionId(database: Database, threadTs: string): Promise<string> {
	const row = await database.db
		.selectFrom("threads")
		.select("session_id")
		.where("thread_ts", "=", threadTs)
		.executeTakeFirstOrThrow();
	return row.session_id;
}

/** A person does not answer in the millisecond in which a turn ends: what ends with it may end first. */
async function untilIdle(database: Database, threadTs: string): Promise<void> {
	await untilRow(
		database,
		`select 1 where not exists (select 1 from pgboss.job
			where state in ('created', 'retry', 'active') and singleton_key = $1)`,
		[await findSessionId(database, threadTs)],
	);
}

async function untilRow(database: Database, sql: string, values: unknown[]): Promise<void> {
	while ((await database.pool.query(sql, values)).rows.length === 0) {
		await new Promise((resolve) => setTimeout(resolve, 20));
	}
}
