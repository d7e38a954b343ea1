import { fork } from "node:child_process";
import { once } from "node:events";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { createTestDatabase } from "../harness/database.ts";
import {
	aPerson,
	aPrompt,
	aRepository,
	aThread,
	type Core,
	createCore,
	waitForEvent,
} from "../harness/sessions.ts";

interface Instance {
	/** Resolves when the point was reached, by the session if one is given. */
	reached(point: string, sessionId?: string): Promise<void>;
	kill(): Promise<void>;
	stop(): Promise<void>;
}

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let core: Core;
let authorId: string;
const instances: Instance[] = [];
let started = 0;

async function startInstance(mode: "pause" | "go" = "go"): Promise<Instance> {
	const file = new URL("./sessions-instance.ts", import.meta.url);
	const child = fork(file, [database.url, `instance-${++started}`, mode], { stdio: "inherit" });
	const points = new Set<string>();
	const waiting = new Map<string, () => void>();
	child.on("message", ({ point }: { point: string }) => {
		points.add(point);
		waiting.get(point)?.();
	});
	const end = async (signal: "SIGKILL" | "SIGTERM") => {
		if (child.exitCode !== null || child.signalCode !== null) return;
		child.kill(signal);
		await once(child, "exit");
	};
	const instance: Instance = {
		reached(point, sessionId) {
			const name = sessionId === undefined ? point : `${point} ${sessionId.slice(0, 8)}`;
			return new Promise((resolve) => {
				if (points.has(name)) resolve();
				else waiting.set(name, resolve);
			});
		},
		kill: () => end("SIGKILL"),
		stop: () => end("SIGTERM"),
	};
	instances.push(instance);
	await instance.reached("ready");
	return instance;
}

beforeAll(async () => {
	database = await createTestDatabase();
	core = createCore(database);
	await core.listener.start();
	await core.jobs.prepare();
	await database.pool.query(`
		create table world_sandboxes (name text primary key);
		create table world_files (sandbox text, path text, data text, primary key (sandbox, path));
		create table world_sends (prompt_id uuid, attempt int, primary key (prompt_id, attempt));
		create table world_ends (prompt_id uuid primary key);
		create table world_pulls (number int generated always as identity, branch text unique);
	`);
	authorId = await aPerson(core);
});

afterEach(async () => {
	await Promise.all(instances.splice(0).map((instance) => instance.kill()));
	await database.pool.query(
		"truncate world_sandboxes, world_files, world_sends, world_ends, world_pulls restart identity",
	);
});

afterAll(async () => {
	await core.jobs.stop();
	await core.eventLog.stop();
	await core.listener.stop();
	await database.drop();
});

/** A session that is about to run; its prompt names the point at which a pausing instance stops in it. */
async function start(pausePoint = "none") {
	const prompt = aPrompt(authorId, { text: pausePoint });
	const accepted = await core.sessions.acceptThreadPrompt({ thread: aThread(), prompt });
	const repository = await aRepository(database);
	await core.sessions.chooseRepository({
		sessionId: accepted.sessionId,
		repositoryId: repository.id,
		routing: { how: "picked", reason: "picked", confidence: null },
	});
	return accepted;
}

/** The agent of the outer world has ended its turn. */
const endTurn = (promptId: string) =>
	database.pool.query("insert into world_ends values ($1) on conflict do nothing", [promptId]);

const finished = (sessionId: string) => waitForEvent(core, sessionId, (e) => e.type === "prompt.finished");

async function count(sessionId: string, type: string): Promise<number> {
	const events = await core.sessions.readEvents({ sessionId, afterSeq: 0 });
	return events.filter((event) => event.type === type).length;
}

describe("an instance that is killed in mid-turn", () => {
	it("is replaced by another that attaches to the agent: one send, one end", async () => {
		const first = await startInstance();
		const { sessionId, promptId } = await start();
		await first.reached("following", sessionId);
		const second = await startInstance();
		const killedAtMs = performance.now();
		await first.kill();
		await second.reached("following", sessionId);
		const tookOverMs = Math.round(performance.now() - killedAtMs);
		await endTurn(promptId);
		await finished(sessionId);
		expect(tookOverMs).toBeLessThan(4_000);
		const { rows } = await database.pool.query("select attempt from world_sends where prompt_id = $1", [
			promptId,
		]);
		expect(rows).toEqual([{ attempt: 1 }]);
		expect(await count(sessionId, "prompt.started")).toBe(1);
		expect(await count(sessionId, "prompt.finished")).toBe(1);
		expect((await core.sessions.view(sessionId)).prompts[0]).toMatchObject({ status: "done", attempt: 1 });
		console.info(`takeover after SIGKILL: ${tookOverMs} ms`);
	});

	it("is finished as stopped when a person stopped it meanwhile", async () => {
		const first = await startInstance();
		const { sessionId } = await start();
		await first.reached("following", sessionId);
		await first.kill();
		await core.sessions.stop({ sessionId, personId: null });
		await startInstance();
		const end = await finished(sessionId);
		expect(end.type === "prompt.finished" && end.data.status).toBe("stopped");
	});

	it("hands its turn over at once when it stops in order", async () => {
		const first = await startInstance();
		const { sessionId, promptId } = await start();
		await first.reached("following", sessionId);
		const second = await startInstance();
		await first.stop();
		await second.reached("following", sessionId);
		await endTurn(promptId);
		await finished(sessionId);
		expect(await count(sessionId, "prompt.finished")).toBe(1);
	});
});

describe("SIGKILL at a point of the run", () => {
	it("is carried on at the next start: one sandbox, one send, one pull request, one end for each session", async () => {
		const points = [
			"job",
			"before-create",
			"after-create",
			"clone",
			"after-send",
			"before-pull-request",
			"after-pull-request",
			"before-finish",
		];
		const first = await startInstance("pause");
		const sessions = await Promise.all(
			points.map(async (point) => {
				const session = await start(point);
				await endTurn(session.promptId);
				await first.reached(point, session.sessionId);
				return { point, ...session };
			}),
		);
		await first.kill();
		await startInstance();
		await Promise.all(sessions.map(({ sessionId }) => finished(sessionId)));
		const counts = await Promise.all(
			sessions.map(async ({ point, sessionId, promptId }) => {
				const prefix = sessionId.slice(0, 8);
				const rows = async (text: string, value: string) =>
					(await database.pool.query(text, [value])).rowCount;
				return {
					point,
					sandboxes: await rows("select 1 from world_sandboxes where name like $1", `bobbin-${prefix}%`),
					sends: await rows("select 1 from world_sends where prompt_id = $1", promptId),
					pullRequests: await rows("select 1 from world_pulls where branch like $1", `bobbin/${prefix}%`),
					opened: await count(sessionId, "pull_request.opened"),
					ends: await count(sessionId, "prompt.finished"),
				};
			}),
		);
		expect(counts).toEqual(
			points.map((point) => {
				const pullRequests = point.endsWith("pull-request") ? 1 : 0;
				return { point, sandboxes: 1, sends: 1, pullRequests, opened: pullRequests, ends: 1 };
			}),
		);
	});
});
