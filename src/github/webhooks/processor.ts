import { z } from "zod";
import { AppError, coerceError } from "../../errors.ts";
import type { Log } from "../../log.ts";
import type { GithubStore, InboxRow } from "../store.ts";

const FIRST_RETRY_MS = 1000;
const LONGEST_RETRY_MS = 10 * 60 * 1000;
const REPLAY_EVERY_MS = 60 * 1000;
/** Whoever runs Bobbin need not know of what passes by itself. */
const WARN_FROM_ATTEMPT = 4;

export interface Processor {
	/** Starts to process a row. */
	begin(id: number): Promise<void>;
	/** Processes what is kept and not processed, now and then again and again: another instance may have died with some. */
	replay(): Promise<void>;
	/** Takes no more work and waits for what is under way. */
	drain(): Promise<void>;
}

/** Works off GitHub's part of the inbox: each row until it succeeds, or can never succeed. */
export function createProcessor(deps: {
	store: GithubStore;
	process: (row: InboxRow) => Promise<void>;
	log: Log;
	now: () => number;
}): Processor {
	const { store, log, now } = deps;
	const underWay = new Set<Promise<void>>();
	let timer: NodeJS.Timeout | undefined;
	let timerAtMs = Number.POSITIVE_INFINITY;
	let draining = false;

	async function take(id: number): Promise<void> {
		const row = await store.claimDelivery(id);
		if (row === null) return;
		try {
			await deps.process(row);
			await store.finishDelivery(id, null);
		} catch (thrown) {
			const error = coerceError(thrown);
			const hopeless = (error instanceof AppError && !error.retryable) || error instanceof z.ZodError;
			const at = { delivery: row.key, attempts: row.attempts };
			// Usual: GitHub tells of a pull request before its answer to the opening is written down.
			const isExpected = !hopeless && error instanceof AppError && row.attempts < WARN_FROM_ATTEMPT;
			if (isExpected) log.info({ code: error.code, ...at }, "a GitHub webhook is taken up again soon");
			else log.warn({ err: error, ...at }, "a GitHub webhook failed");
			if (hopeless) return store.finishDelivery(id, error.message);
			const waitMs = Math.min(FIRST_RETRY_MS * 2 ** (row.attempts - 1), LONGEST_RETRY_MS);
			await store.postponeDelivery(id, { error: error.message, waitMs });
			wakeAt(now() + waitMs);
		}
	}

	/** A failure of the database leaves the row for the next replay. */
	function begin(id: number): Promise<void> {
		const work = take(id)
			.catch((error) => {
				log.error({ err: error, inboxId: id }, "a GitHub webhook could not be taken from the inbox");
				wakeAt(now() + LONGEST_RETRY_MS);
			})
			.finally(() => underWay.delete(work));
		underWay.add(work);
		return work;
	}

	function wakeAt(atMs: number): void {
		if (draining || atMs >= timerAtMs) return;
		clearTimeout(timer);
		timerAtMs = atMs;
		timer = setTimeout(
			() => {
				timerAtMs = Number.POSITIVE_INFINITY;
				replay().catch((error) => log.error({ err: error }, "GitHub webhooks could not be replayed"));
			},
			Math.max(0, atMs - now()),
		);
		timer.unref();
	}

	async function replay(): Promise<void> {
		wakeAt(now() + REPLAY_EVERY_MS);
		for (const { id, claimedUntilMs } of await store.listOpenDeliveries()) {
			if (draining) return;
			// Another process has it, or had it when it died.
			if (claimedUntilMs !== null && claimedUntilMs > now()) wakeAt(claimedUntilMs);
			else await begin(id);
		}
	}

	return {
		begin,
		replay,
		async drain() {
			draining = true;
			clearTimeout(timer);
			await Promise.all(underWay);
		},
	};
}
