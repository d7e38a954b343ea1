import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { showThreadJob } from "../../src/jobs/queue.ts";
import { createShowThreadTask } from "../../src/jobs/tasks/show-thread.ts";
import { defineTask } from "../../src/jobs/worker.ts";
import { createTestDatabase } from "../harness/database.ts";
import { eventually } from "../harness/eventually.ts";
import { fastest } from "../harness/fastest.ts";
import { type Core, createCore } from "../harness/sessions.ts";

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let core: Core;
let handle: (sessionId: string) => Promise<void> = async () => {};

beforeAll(async () => {
	database = await createTestDatabase();
	core = createCore(database);
	await core.jobs.prepare();
	await core.jobs.work([defineTask(showThreadJob, ({ sessionId }) => handle(sessionId))]);
});

afterAll(async () => {
	await core.jobs.stop();
	await database.drop();
});

const enqueue = (sessionId: string) =>
	core.jobs.enqueue(database.db, showThreadJob, { version: 1, sessionId }, { key: sessionId });

describe("a job", () => {
	it("starts soon after it is queued", async () => {
		async function medianOf15(): Promise<number> {
			const latenciesMs: number[] = [];
			for (let round = 0; round < 15; round++) {
				const started = Promise.withResolvers<number>();
				handle = async () => started.resolve(performance.now());
				const queuedAtMs = performance.now();
				await enqueue(randomUUID());
				latenciesMs.push((await started.promise) - queuedAtMs);
			}
			return latenciesMs.sort((a, b) => a - b)[7] ?? Number.POSITIVE_INFINITY;
		}
		expect(await fastest(400, medianOf15)).toBeLessThan(400);
	});

	it("exists only if its transaction commits", async () => {
		const ran: string[] = [];
		const [rolledBack, kept] = [randomUUID(), randomUUID()];
		const done = Promise.withResolvers<void>();
		handle = async (sessionId) => {
			ran.push(sessionId);
			if (sessionId === kept) done.resolve();
		};
		const attempt = database.db.transaction().execute(async (tx) => {
			await core.jobs.enqueue(tx, showThreadJob, { version: 1, sessionId: rolledBack }, { key: rolledBack });
			throw new Error("no");
		});
		await expect(attempt).rejects.toThrow("no");
		await database.db
			.transaction()
			.execute((tx) => core.jobs.enqueue(tx, showThreadJob, { version: 1, sessionId: kept }, { key: kept }));
		await done.promise;
		expect(ran).toEqual([kept]);
	});

	it("never runs beside another of its key, and is tried again when it fails", async () => {
		const key = randomUUID();
		let beside = 0;
		let most = 0;
		let calls = 0;
		const done = Promise.withResolvers<void>();
		handle = async () => {
			calls++;
			beside++;
			most = Math.max(most, beside);
			await new Promise((resolve) => setImmediate(resolve));
			beside--;
			if (calls === 1) throw new Error("first time");
			if (calls === 4) done.resolve();
		};
		await Promise.all([enqueue(key), enqueue(key), enqueue(key)]);
		await done.promise;
		expect(most).toBe(1);
	});

	it("that nobody understands is dropped and does not block its key", async () => {
		const key = randomUUID();
		const done = Promise.withResolvers<void>();
		handle = async () => done.resolve();
		await core.jobs.enqueue(database.db, showThreadJob, { version: 2, sessionId: key } as never, { key });
		await enqueue(key);
		await done.promise;
	});
});

describe("showing a thread", () => {
	it("is tried again when Slack asks to wait", async () => {
		const outcomes = [{ outcome: "later" as const, retryAfterMs: 30 }, { outcome: "shown" as const }];
		const done = Promise.withResolvers<void>();
		const task = createShowThreadTask({
			db: database.db,
			enqueue: core.jobs.enqueue,
			showThread: async () => {
				const outcome = outcomes.shift() ?? { outcome: "shown" as const };
				if (outcome.outcome === "shown") done.resolve();
				return outcome;
			},
		});
		handle = async (sessionId) => {
			await task.run({ version: 1, sessionId }, { signal: new AbortController().signal });
		};
		await enqueue(randomUUID());
		await done.promise;
		expect(outcomes).toEqual([]);
	});

	it("waits as one job, however many of its session find that Slack asks to wait", async () => {
		const key = randomUUID();
		let isSlackAway = true;
		const task = createShowThreadTask({
			db: database.db,
			enqueue: core.jobs.enqueue,
			showThread: async () => (isSlackAway ? { outcome: "later", retryAfterMs: 100 } : { outcome: "shown" }),
		});
		handle = async (sessionId) => {
			await task.run({ version: 1, sessionId }, { signal: new AbortController().signal });
		};
		const countOpen = async () => {
			const { rows } = await database.pool.query<{ count: number }>(
				"select count(*) from pgboss.job where name = $1 and singleton_key = $2 and state < 'completed'",
				[showThreadJob.name, key],
			);
			return rows[0]?.count;
		};
		for (let change = 0; change < 8; change++) await enqueue(key);
		await eventually(() => expect(countOpen()).resolves.toBe(1));
		isSlackAway = false;
		await eventually(() => expect(countOpen()).resolves.toBe(0));
	});
});
