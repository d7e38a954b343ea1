import { coerceError } from "../errors.ts";
import type { Log } from "../log.ts";
import type { InboxRow, InboxStore } from "./inbox-store.ts";

/** Nothing of it is done yet; whoever handles it is told how often it was begun before. */
export interface InboxEntry {
	key: string;
	twinKey: string | null;
	/** Entries of one lane are handled in the order in which they came. */
	lane: string;
	body: unknown;
}

export interface Inbox {
	/** Keeps an entry and begins it. Returns once it is durable; false if it was there already. */
	accept(entry: InboxEntry): Promise<boolean>;
	/** Takes up what was left over, now and again and again. */
	start(): void;
	/** Takes nothing new and waits for what is at work. */
	stop(): Promise<void>;
}

const LEASE_MS = 6_000;
const RENEW_EVERY_MS = 2_000;
const SWEEP_LIMIT = 20;
const MAX_ATTEMPTS = 6;

/**
 * A durable inbox: an entry is a row before it is acknowledged, is handled by one instance at a time, and is begun
 * again after a crash or a failure (with growing pauses) until it succeeded or was given up.
 */
export function createInbox(deps: {
	store: InboxStore;
	handle: (body: unknown, attempt: number) => Promise<void>;
	/** Called before an entry is given up for good; its own failure is only logged. */
	onGivenUp: (body: unknown, error: Error) => Promise<void>;
	laneOf: (body: unknown) => string;
	log: Log;
}): Inbox {
	const { store, handle, onGivenUp, laneOf, log } = deps;
	const atWork = new Map<number, Promise<void>>();
	const lanes = new Map<string, Promise<void>>();
	let timer: NodeJS.Timeout | null = null;
	let lastRound: Promise<void> = Promise.resolve();
	let stopped = false;

	function begin(row: InboxRow, lane: string): void {
		const before = lanes.get(lane) ?? Promise.resolve();
		const work = before
			.then(() => run(row))
			.finally(() => {
				atWork.delete(row.id);
				if (lanes.get(lane) === work) lanes.delete(lane);
			});
		atWork.set(row.id, work);
		lanes.set(lane, work);
	}

	async function run(row: InboxRow): Promise<void> {
		try {
			await attempt(row);
		} catch (error) {
			// The database does not answer: the claim runs out and the entry is begun again.
			log.error({ err: error, inboxId: row.id }, "an inbox entry could not be marked");
		}
	}

	async function attempt(row: InboxRow): Promise<void> {
		try {
			await handle(row.body, row.attempts);
			await store.finish(row.id, null);
		} catch (thrown) {
			const error = coerceError(thrown);
			if (row.attempts < MAX_ATTEMPTS) {
				const retryInMs = 1_000 * 2 ** row.attempts;
				log.warn({ err: error, inboxId: row.id, retryInMs }, "a Slack event failed and will be tried again");
				await store.fail(row.id, error.message, retryInMs);
				return;
			}
			log.error({ err: error, inboxId: row.id }, "a Slack event is given up");
			await onGivenUp(row.body, error).catch((cause: unknown) =>
				log.error({ err: cause, inboxId: row.id }, "nobody could be told that a Slack event is given up"),
			);
			await store.finish(row.id, error.message);
		}
	}

	async function round(): Promise<void> {
		try {
			await store.renew([...atWork.keys()], LEASE_MS);
			if (stopped) return;
			for (const row of await store.claimDue(SWEEP_LIMIT, LEASE_MS)) {
				if (!atWork.has(row.id)) begin(row, laneOf(row.body));
			}
		} catch (error) {
			log.warn({ err: error }, "the Slack inbox could not be read");
		}
	}

	function schedule(delayMs: number): void {
		timer = setTimeout(() => {
			lastRound = round().then(() => {
				if (timer !== null) schedule(RENEW_EVERY_MS);
			});
		}, delayMs);
	}

	return {
		async accept({ key, twinKey, lane, body }) {
			const row = await store.insert({ key, twinKey, body }, LEASE_MS);
			if (row === null) return false;
			// After `stop` the row waits for the next process; its claim runs out by then.
			if (!stopped) begin(row, lane);
			return true;
		},
		start() {
			if (timer === null && !stopped) schedule(0);
		},
		async stop() {
			stopped = true;
			// Rounds go on while work is at hand: they keep the claims.
			while (atWork.size > 0) await Promise.allSettled(atWork.values());
			if (timer !== null) clearTimeout(timer);
			timer = null;
			await lastRound;
		},
	};
}
