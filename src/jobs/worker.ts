import { sql } from "kysely";
import { fromKysely, PgBoss } from "pg-boss";
import type { Database, Tx } from "../db/client.ts";
import type { Log } from "../log.ts";
import { type Crew, createCrew } from "./crew.ts";
import { createInstanceRegistry } from "./instance-registry.ts";
import {
	answerCommentJob,
	askToLinkJob,
	beginAttemptsJob,
	buildImageJob,
	checkReviewJob,
	closeAttemptJob,
	describePullRequestJob,
	type Enqueue,
	type JobKind,
	judgeChecksJob,
	measureMergeJob,
	notifyAuthorJob,
	openPullRequestJob,
	routeSessionJob,
	runPromptJob,
	showThreadJob,
	snapshotSessionJob,
	tellChannelJob,
	tellLinkedJob,
} from "./queue.ts";

const SWEEP_MS = 500;
/** pg-boss's smallest; only a frozen process or a lost host waits for it, a dead process is noticed by its lock. */
const HEARTBEAT_SECONDS = 10;
const STOP_TIMEOUT_MS = 5_000;
/** Nobody looks at a job that is done. */
const DONE_KEPT_SECONDS = 86_400;
/** pg-boss deletes what nobody took for so long, and two weeks are soon over where Bobbin is switched off: for ever. */
const OPEN_KEPT_SECONDS = 50 * 365 * 86_400;
const JOB_KINDS = [
	routeSessionJob,
	runPromptJob,
	beginAttemptsJob,
	closeAttemptJob,
	showThreadJob,
	buildImageJob,
	tellChannelJob,
	snapshotSessionJob,
	checkReviewJob,
	judgeChecksJob,
	measureMergeJob,
	askToLinkJob,
	tellLinkedJob,
	notifyAuthorJob,
	openPullRequestJob,
	describePullRequestJob,
	answerCommentJob,
];

/** What is done for one kind of job. Made by `defineTask`. */
export interface Task {
	kind: Pick<JobKind<object>, "name" | "concurrency">;
	run(
		data: unknown,
		context: TaskContext,
	): Promise<{ outcome: "done" } | { outcome: "not_understood"; why: Error }>;
}

interface TaskContext {
	/** Aborts when the job is somebody else's now or this instance stops: leave without finishing. */
	signal: AbortSignal;
}

/** Binds work to a kind of job. The work must be safe to do again: a crash repeats it. */
export function defineTask<Payload extends object>(
	kind: JobKind<Payload>,
	work: (payload: Payload, context: TaskContext) => Promise<void>,
): Task {
	return {
		kind,
		async run(data, context) {
			const payload = kind.schema.safeParse(data);
			if (!payload.success) return { outcome: "not_understood", why: payload.error };
			await work(payload.data, context);
			return { outcome: "done" };
		},
	};
}

export interface Jobs {
	/** Usable after `prepare`. */
	enqueue: Enqueue;
	/** Prepares the queues; from here on jobs can be queued. */
	prepare(): Promise<void>;
	/** Takes over what dead instances left and begins to work. */
	work(tasks: Task[]): Promise<void>;
	/** Hands running jobs over to others and stops. */
	stop(): Promise<void>;
}

/** Durable jobs on pg-boss: first in, first out for each key; several instances share the work. */
export function createJobs(deps: {
	database: Database;
	instanceId: string;
	log: Log;
	/** Also known to pg-boss: its own connections, beside those of `database`. */
	maxConnections?: number;
}): Jobs {
	const { log } = deps;
	const { db } = deps.database;
	const boss = new PgBoss({
		connectionString: deps.database.url,
		max: deps.maxConnections ?? 6,
		useListenNotify: true,
		superviseIntervalSeconds: 1,
		monitorIntervalSeconds: 1,
		schedule: false,
	});
	boss.on("error", (error) => log.error({ err: error }, "the job queue had a failure"));
	const running = new Set<AbortController>();
	const crews = new Map<string, Crew>();
	let stopping = false;
	let sweeper: NodeJS.Timeout | null = null;
	let sweepUnderWay: Promise<void> | null = null;

	const registry = createInstanceRegistry({
		database: deps.database,
		instanceId: deps.instanceId,
		log,
		queues: JOB_KINDS.map((kind) => kind.name),
		giveBack: async (queue, jobs) => {
			for (const { id, retryCount } of jobs)
				await boss.fail(queue, retryCount === undefined ? id : { id, retryCount }, {
					message: "its instance is gone",
				});
			crews.get(queue)?.wake();
		},
		onLost: () => abortAll("this instance is taken for dead"),
	});

	function abortAll(reason: string): void {
		for (const controller of running) controller.abort(new Error(reason));
	}

	async function sweep(): Promise<void> {
		try {
			if (registry.number() === null) await registry.register();
			await registry.sweep();
		} catch (error) {
			log.error({ err: error }, "looking for dead instances failed");
		}
	}

	function keepSweeping(): void {
		sweeper = setTimeout(() => {
			sweepUnderWay = sweep().finally(() => {
				if (!stopping) keepSweeping();
			});
		}, SWEEP_MS);
	}

	async function work(task: Task, job: { id: string; data: object; signal: AbortSignal }) {
		const number = registry.number();
		if (stopping || number === null) throw new Error("this instance does not take jobs now");
		const controller = new AbortController();
		running.add(controller);
		try {
			await db
				.insertInto("job_runs")
				.values({ job_id: job.id, queue: task.kind.name, instance_number: number })
				.onConflict((conflict) => conflict.column("job_id").doUpdateSet({ instance_number: number }))
				.execute();
			const ran = await task.run(job.data, { signal: AbortSignal.any([job.signal, controller.signal]) });
			// Failing it would block its key for ever.
			if (ran.outcome === "not_understood")
				log.error({ job: job.id, queue: task.kind.name, err: ran.why }, "a job was dropped: not understood");
		} catch (error) {
			if (controller.signal.aborted) log.info({ job: job.id, queue: task.kind.name }, "a job is handed over");
			else log.error({ job: job.id, queue: task.kind.name, err: error }, "a job failed and is tried again");
			throw error;
		} finally {
			running.delete(controller);
			await db
				.deleteFrom("job_runs")
				.where("job_id", "=", job.id)
				.where("instance_number", "=", number)
				.execute();
		}
	}

	return {
		async enqueue(tx, kind, payload, options) {
			if (options.unlessWaiting && (await isWaiting(tx, kind, options))) return;
			await boss.send(kind.name, payload, {
				singletonKey: options.key,
				db: fromKysely(tx),
				...(options.startAfterMs === undefined
					? {}
					: { startAfter: new Date(Date.now() + options.startAfterMs) }),
			});
		},
		async prepare() {
			await boss.start();
			for (const kind of JOB_KINDS) {
				const options = {
					notify: true,
					heartbeatSeconds: HEARTBEAT_SECONDS,
					expireInSeconds: 86_000,
					retryLimit: 1_000_000,
					retryDelay: kind.retryDelaySeconds,
					...(kind.retryDelaySeconds > 0 ? { retryBackoff: true, retryDelayMax: 60 } : {}),
					deleteAfterSeconds: DONE_KEPT_SECONDS,
					retentionSeconds: OPEN_KEPT_SECONDS,
				};
				await boss.createQueue(kind.name, { policy: "key_strict_fifo", ...options });
				// One that an earlier release made is left as it was by that.
				await boss.updateQueue(kind.name, options);
			}
		},
		async work(tasks) {
			await registry.register();
			await registry.sweep();
			for (const task of tasks) {
				const crew = createCrew({
					boss,
					queue: task.kind.name,
					limit: task.kind.concurrency,
					options: {
						pollingIntervalSeconds: 0.5,
						notifyPollingIntervalSeconds: 0.5,
						heartbeatRefreshSeconds: 4,
					},
					work: (job) => work(task, job),
					onError: (err) => {
						if (!stopping) log.error({ err, queue: task.kind.name }, "the job queue had a failure");
					},
				});
				crews.set(task.kind.name, crew);
				await crew.start();
			}
			keepSweeping();
		},
		async stop() {
			stopping = true;
			if (sweeper) clearTimeout(sweeper);
			await sweepUnderWay;
			abortAll("this instance stops");
			await boss.stop({ graceful: true, timeout: STOP_TIMEOUT_MS });
			await registry.leave();
		},
	};
}

/** Whether a job of a key is to begin by a time from now. */
async function isWaiting(
	tx: Tx,
	{ name }: Pick<JobKind<object>, "name">,
	{ key, startAfterMs = 0 }: { key: string; startAfterMs?: number },
): Promise<boolean> {
	const { rows } = await sql`
		select from pgboss.job
		where name = ${name} and singleton_key = ${key} and state = 'created'
			and start_after <= now() + ${startAfterMs} * interval '1 millisecond'
		limit 1
	`.execute(tx);
	return rows.length > 0;
}
