import { type ChildProcess, fork } from "node:child_process";
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
	child: ChildProcess;
	/** When the point was reached, in ms since the epoch. */
	reached(point: string): Promise<number>;
	kill(): Promise<void>;
	stop(): Promise<void>;
}

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let core: Core;
let authorId: string;
const instances: Instance[] = [];
let started = 0;

async function startInstance(pausePoint = "none"): Promise<Instance> {
	const file = new URL("./sessions-instance.ts", import.meta.url);
	const child = fork(file, [database.url, `instance-${++started}`, pausePoint], { stdio: "inherit" });
	const points = new Map<string, number>();
	const waiting = new Map<string, (atMs: number) => void>();
	child.on("message", (message: { point: string; at: number }) => {
		points.set(message.point, message.at);
		waiting.get(message.point)?.(message.at);
	});
	const instance: Instance = {
		child,
		reached: (point) =>
			new Promise((resolve) => {
				const atMs = points.get(point);
				if (atMs !== undefined) resolve(atMs);
				else waiting.set(point, resolve);
			}),
		async kill() {
			if (child.exitCode !== null || child.signalCode !== null) return;
			child.kill("SIGKILL");
			await once(child, "exit");
		},
		async stop() {
			child.kill("SIGTERM");
			await once(child, "exit");
		},
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

async function start() {
	const accepted = await core.sessions.acceptThreadPrompt({ thread: aThread(), prompt: aPrompt(authorId) });
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
		await first.reached("following");
		const second = await startInstance();
		const killedAt = Date.now();
		await first.kill();
		const tookOverMs = (await second.reached("following")) - killedAt;
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
		await first.reached("following");
		await first.kill();
		await core.sessions.stop({ sessionId, personId: null });
		await startInstance();
		const end = await finished(sessionId);
		expect(end.type === "prompt.finished" && end.data.status).toBe("stopped");
	});

	it("hands its turn over at once when it stops in order", async () => {
		const first = await startInstance();
		const { sessionId, promptId } = await start();
		await first.reached("following");
		const second = await startInstance();
		await first.stop();
		await second.reached("following");
		await endTurn(promptId);
		await finished(sessionId);
		expect(await count(sessionId, "prompt.finished")).toBe(1);
	});
});

describe("SIGKILL at a point of the run", () => {
	it.each(["job", "before-create", "after-create", "clone", "after-send", "before-finish"])(
		"%s: the next start carries on with one sandbox, one send and one end",
		async (point) => {
			const first = await startInstance(point);
			const { sessionId, promptId } = await start();
			await endTurn(promptId);
			await first.reached(point);
			await first.kill();
			await startInstance();
			await finished(sessionId);
			const sent = await database.pool.query("select 1 from world_sends");
			const made = await database.pool.query("select 1 from world_sandboxes");
			expect([sent.rowCount, made.rowCount]).toEqual([1, 1]);
			expect(await count(sessionId, "prompt.finished")).toBe(1);
			const seqs = (await core.sessions.readEvents({ sessionId, afterSeq: 0 })).map((event) => event.seq);
			expect(seqs).toEqual(seqs.toSorted((a, b) => a - b));
		},
	);

	it.each(["before-pull-request", "after-pull-request"])(
		"%s: there is exactly one pull request, and it is known",
		async (point) => {
			const first = await startInstance(point);
			const { sessionId, promptId } = await start();
			await first.reached(point);
			await first.kill();
			await endTurn(promptId);
			await startInstance();
			await finished(sessionId);
			const pulls = await database.pool.query("select 1 from world_pulls");
			expect(pulls.rowCount).toBe(1);
			expect(await count(sessionId, "pull_request.opened")).toBe(1);
			expect((await core.sessions.view(sessionId)).pullRequests).toHaveLength(1);
		},
	);
});
