import { fork } from "node:child_process";
import { once } from "node:events";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { snapshotSessionJob } from "../../src/jobs/queue.ts";
import { appendEvents } from "../../src/sessions/event-store.ts";
import { createTestDatabase } from "../harness/database.ts";
import { aPerson, aPrompt, aThread, type Core, createCore } from "../harness/sessions.ts";

interface Instance {
	reached(point: string): Promise<void>;
	kill(): Promise<void>;
}

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let core: Core;
let authorId: string;
const instances: Instance[] = [];
let started = 0;

async function startInstance(pausePoint = "none"): Promise<Instance> {
	const file = new URL("./snapshot-instance.ts", import.meta.url);
	const child = fork(file, [database.url, `instance-${++started}`, pausePoint], { stdio: "inherit" });
	const points = new Set<string>();
	const waiting = new Map<string, () => void>();
	child.on("message", ({ point }: { point: string }) => {
		points.add(point);
		waiting.get(point)?.();
	});
	const instance: Instance = {
		reached: (point) =>
			new Promise((resolve) => {
				if (points.has(point)) resolve();
				else waiting.set(point, resolve);
			}),
		async kill() {
			if (child.exitCode !== null || child.signalCode !== null) return;
			child.kill("SIGKILL");
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
	await core.jobs.prepare();
	await database.pool.query("create table world_snapshots (name text primary key)");
	authorId = await aPerson(core);
});

afterEach(async () => {
	await Promise.all(instances.splice(0).map((instance) => instance.kill()));
	await database.pool.query("truncate world_snapshots");
});

afterAll(async () => {
	await core.jobs.stop();
	await database.drop();
});

/** A session whose last turn changed a file, with a snapshot of an earlier turn. */
async function aChangedSession(): Promise<string> {
	const { sessionId, promptId } = await core.sessions.acceptThreadPrompt({
		thread: aThread(),
		prompt: aPrompt(authorId),
	});
	const { db } = database;
	const sandboxId = core.newId();
	const name = `bobbin-${sessionId.slice(0, 8)}-1`;
	const kept = `bobbin-session-${sessionId.slice(0, 8)}-1`;
	const of = { session_id: sessionId, provider: "world", state: "ready" as const };
	await db
		.insertInto("sandboxes")
		.values({ ...of, id: sandboxId, name, token_hash: core.newId() })
		.execute();
	await db
		.insertInto("session_snapshots")
		.values({ ...of, id: core.newId(), sandbox_id: sandboxId, name: kept, seq: 1, reason: "turn" })
		.execute();
	await database.pool.query("insert into world_snapshots values ($1)", [kept]);
	const file = { path: "a", change: "changed" as const, additions: 1, deletions: 0, diff: null };
	await appendEvents(db, sessionId, [{ type: "file.changed", data: { promptId, file } }], new Date());
	return sessionId;
}

const enqueue = (sessionId: string) =>
	core.jobs.enqueue(
		database.db,
		snapshotSessionJob,
		{ version: 1, sessionId, reason: "turn" },
		{ key: sessionId },
	);

it.each(["before-snapshot", "after-snapshot", "before-delete", "after-delete"])(
	"SIGKILL %s: the next instance ends with one snapshot that holds the last turn, and nothing besides",
	async (point) => {
		const first = await startInstance(point);
		const sessionId = await aChangedSession();
		await enqueue(sessionId);
		await first.reached(point);
		await first.kill();
		const second = await startInstance();
		await second.reached(`done ${sessionId}`);
		const { rows } = await database.pool.query<{ name: string; state: string; seq: number }>(
			"select name, state, seq from session_snapshots where session_id = $1 order by seq, created_at",
			[sessionId],
		);
		const ready = rows.filter(({ state }) => state === "ready");
		const { lastSeq } = await core.sessions.view(sessionId);
		expect(ready.map(({ seq }) => seq)).toEqual([lastSeq]);
		expect(rows.filter(({ state }) => state === "taking")).toEqual([]);
		const { rows: left } = await database.pool.query("select name from world_snapshots");
		expect(left).toEqual([{ name: ready[0]?.name }]);
	},
);
