import { afterAll, beforeAll, expect, it } from "vitest";
import { snapshotSessionJob } from "../../src/jobs/queue.ts";
import { appendEvents } from "../../src/sessions/log/event-store.ts";
import { createTestDatabase } from "../harness/database.ts";
import { type InstanceProcess, startInstance } from "../harness/instance-process.ts";
import { aPerson, aPrompt, aThread, type Core, createCore } from "../harness/sessions.ts";
import { pointOf } from "../harness/takeover.ts";

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let core: Core;
let authorId: string;
const instances: InstanceProcess[] = [];

async function start(mode: "pause" | "go"): Promise<InstanceProcess> {
	const program = new URL("./snapshot-instance.ts", import.meta.url);
	const instance = await startInstance(program, [database.url, `instance-${mode}`, mode]);
	instances.push(instance);
	return instance;
}

beforeAll(async () => {
	database = await createTestDatabase();
	core = createCore(database);
	await core.jobs.prepare();
	await database.pool.query("create table world_snapshots (name text primary key)");
	authorId = await aPerson(core);
});

afterAll(async () => {
	await Promise.all(instances.map((instance) => instance.kill()));
	await core.jobs.stop();
	await database.drop();
});

/** A session whose last turn changed a file, with a snapshot of an earlier turn. Its prompt names where it is paused. */
async function aChangedSession(pausePoint: string): Promise<string> {
	const { sessionId, promptId } = await core.sessions.acceptThreadPrompt({
		thread: aThread(),
		prompt: aPrompt(authorId, { text: pausePoint }),
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

it("SIGKILL before and after each step: the next instance ends with one snapshot that holds the last turn, and nothing besides", async () => {
	const points = ["before-snapshot", "after-snapshot", "before-delete", "after-delete"];
	const first = await start("pause");
	const sessions = await Promise.all(
		points.map(async (point) => {
			const sessionId = await aChangedSession(point);
			await enqueue(sessionId);
			await first.reached(pointOf(point, sessionId));
			return { point, sessionId };
		}),
	);
	await first.kill();
	const second = await start("go");
	await Promise.all(sessions.map(({ sessionId }) => second.reached(`done ${sessionId}`)));
	const outcomes = await Promise.all(
		sessions.map(async ({ point, sessionId }) => {
			const { rows } = await database.pool.query<{ name: string; state: string; seq: number }>(
				"select name, state, seq from session_snapshots where session_id = $1 order by seq, created_at",
				[sessionId],
			);
			const ready = rows.filter(({ state }) => state === "ready");
			const { rows: left } = await database.pool.query(
				"select name from world_snapshots where name like $1",
				[`bobbin-session-${sessionId.slice(0, 8)}-%`],
			);
			const { lastSeq } = await core.sessions.view(sessionId);
			return {
				point,
				holdsTheLastTurn: ready.every(({ seq }) => seq === lastSeq),
				ready: ready.map(({ name }) => ({ name })),
				left,
				taking: rows.filter(({ state }) => state === "taking"),
			};
		}),
	);
	expect(outcomes).toEqual(
		points.map((point) => {
			const one = [{ name: expect.any(String) }];
			return { point, holdsTheLastTurn: true, ready: one, left: one, taking: [] };
		}),
	);
	for (const { ready, left } of outcomes) expect(left).toEqual(ready);
});
