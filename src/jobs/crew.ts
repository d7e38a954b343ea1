import type { PgBoss, WorkOptions } from "pg-boss";

/** The workers of one queue on this instance. */
export interface Crew {
	start(): Promise<void>;
	/** Looks for jobs now. */
	wake(): void;
}

interface BossJob {
	id: string;
	data: object;
	signal: AbortSignal;
}

/**
 * As many workers as there are jobs at work, and one that waits for the next, up to `limit`. pg-boss wakes every waiting
 * worker for every job; with a worker for each possible job, one job would cost dozens of queries.
 */
export function createCrew(deps: {
	boss: PgBoss;
	queue: string;
	limit: number;
	options: WorkOptions;
	work: (job: BossJob) => Promise<void>;
	onError: (error: unknown) => void;
}): Crew {
	const { boss, queue } = deps;
	/** Those that wait for a job, or are about to. */
	const waiting = new Set<string>();
	let atWork = 0;
	let joining = 0;

	const wake = () => {
		for (const id of waiting) boss.notifyWorker(id);
	};

	async function join(): Promise<void> {
		joining++;
		try {
			const id: string = await boss.work<object>(queue, deps.options, async ([job]) => {
				if (job) await handle(id, job);
			});
			waiting.add(id);
		} finally {
			joining--;
		}
	}

	async function handle(id: string, job: BossJob): Promise<void> {
		waiting.delete(id);
		atWork++;
		if (waiting.size + joining === 0 && atWork < deps.limit) join().catch(deps.onError);
		try {
			await deps.work(job);
		} finally {
			atWork--;
			if (waiting.size + joining > 0) retire(id);
			else {
				waiting.add(id);
				boss.notifyWorker(id);
			}
		}
	}

	/** It ends once its job is settled, and only then the next job of that key can be had. */
	function retire(id: string): void {
		boss.offWork(queue, { id, wait: true }).then(wake, deps.onError);
	}

	return { start: join, wake };
}
