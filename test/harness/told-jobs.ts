import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { sql } from "kysely";
import type { Listener } from "../../src/db/listener.ts";
import type { Enqueue } from "../../src/jobs/queue.ts";
import type { Task } from "../../src/jobs/worker.ts";

const AGAIN_MS = 1_000;

/**
 * A job runner in memory: a job is told of once its transaction has committed, and never if it does not; those of one
 * kind and key are done one after the other, and again if they fail.
 */
export function createToldJobs(
	listener: Listener,
	options: {
		/** Those that are done here; the others are only told of. */
		tasks: () => Task[];
		onJob: (name: string, payload: object) => void;
	},
): {
	enqueue: Enqueue;
	/** Resolves when none of them is under way. */
	idle(): Promise<void>;
	stop(): Promise<void>;
} {
	const waiting = new Map<string, () => void>();
	const tails = new Map<string, Promise<void>>();
	const underWay = new Set<Promise<void>>();
	const closing = new AbortController();
	const { signal } = closing;
	listener.on("test_jobs", (id) => {
		waiting.get(id)?.();
		waiting.delete(id);
	});

	async function runUntilDone(task: Task, payload: object): Promise<void> {
		while (!signal.aborted) {
			try {
				await task.run(payload, { signal });
				return;
			} catch {
				await delay(AGAIN_MS, undefined, { signal });
			}
		}
	}

	async function runInTurn(task: Task, payload: object, when: { key: string; startAfterMs?: number }) {
		if (when.startAfterMs) await delay(when.startAfterMs, undefined, { signal });
		const lane = `${task.kind.name} ${when.key}`;
		const run = (tails.get(lane) ?? Promise.resolve()).then(() => runUntilDone(task, payload));
		tails.set(
			lane,
			run.catch(() => {}),
		);
		await run;
	}

	return {
		async enqueue(tx, kind, payload, when) {
			const id = randomUUID();
			waiting.set(id, () => {
				options.onJob(kind.name, payload);
				const task = options.tasks().find((one) => one.kind.name === kind.name);
				if (task === undefined) return;
				// What is cut off by the end of the test fails.
				const run = runInTurn(task, payload, when).catch(() => {});
				underWay.add(run);
				void run.finally(() => underWay.delete(run));
			});
			await sql`select pg_notify('test_jobs', ${id})`.execute(tx);
		},
		async idle() {
			while (underWay.size > 0) await Promise.all(underWay);
		},
		async stop() {
			closing.abort();
			await Promise.all(underWay);
		},
	};
}
