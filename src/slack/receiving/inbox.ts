import { setTimeout as delay } from "node:timers/promises";
import { AppError, coerceError } from "../../errors.ts";
import type { Log } from "../../log.ts";
import { createInOrder } from "../in-order.ts";
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
const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 60_000;
const MAX_ATTEMPTS = 8;

/**
 * A durable inbox: an entry is a row before it is acknowledged, is handled by one instance at a time, and is begun
 * again after a crash or a failure (with growing pauses) until it succeeded or was given up.
 */
export function createInbox(deps: {
	store: InboxStore;
	handle: (body: unknown, attempt: number) => Promise<void>;
	/** Called before an entry is given up for good; what passes of its own failures puts that off. */
	onGivenUp: (body: unknown, error: Error) => Promise<void>;
	laneOf: (body: unknown) => string;
	log: Log;
}): Inbox {
	const { store, handle, onGivenUp, laneOf, log } = deps;
	/** Rows of ours that are not done: their claims are renewed. */
	const claimed = new Set<number>();
	const lanes = createInOrder();
	let timer: NodeJS.Timeout | null = null;
	let lastRound: Promise<void> = Promise.resolve();
	const stopping = new AbortController();

	/** Takes the next place in a lane at once, for an entry that may still be on its way into the database. */
	function begin(lane: string, arriving: Promise<InboxRow | null>): void {
		const arrived = arriving.then(
			(row) => {
				if (row !== null) claimed.add(row.id);
				return row;
			},
			// Whoever brought it is told.
			() => null,
		);
		lanes.run(lane, async () => {
			const row = await arrived;
			if (row !== null) await run(row);
		});
	}

	async function run(row: InboxRow): Promise<void> {
		try {
			let current = row;
			for (;;) {
				const result = await attempt(current);
				if (result.outcome === "over" || !(await pause(result.retryInMs))) return;
				current = await store.beginAgain(current, LEASE_MS);
			}
		} catch (error) {
			// The database does not answer: the claim runs out and the entry is begun again.
			log.error({ err: error, inboxId: row.id }, "an inbox entry could not be marked");
		} finally {
			claimed.delete(row.id);
		}
	}

	/** False: we stop, and the entry waits for the next process. */
	async function pause(forMs: number): Promise<boolean> {
		try {
			await delay(forMs, undefined, { signal: stopping.signal });
			return true;
		} catch (error) {
			if (stopping.signal.aborted) return false;
			throw error;
		}
	}

	type Attempt = { outcome: "over" } | { outcome: "again"; retryInMs: number };

	async function attempt(row: InboxRow): Promise<Attempt> {
		try {
			await handle(row.body, row.attempts);
			await store.finish(row.id, null);
			return { outcome: "over" };
		} catch (thrown) {
			const error = coerceError(thrown);
			if (passes(thrown) || row.attempts < MAX_ATTEMPTS) {
				const retryInMs = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** (row.attempts - 1));
				log.warn({ err: error, inboxId: row.id, retryInMs }, "a Slack event failed and will be tried again");
				return keep(row, error, retryInMs);
			}
			log.error({ err: error, inboxId: row.id }, "a Slack event is given up");
			try {
				await onGivenUp(row.body, error);
			} catch (cause) {
				log.error({ err: cause, inboxId: row.id }, "nobody could be told that a Slack event is given up");
				if (passes(cause)) return keep(row, error, LONGEST_RETRY_MS);
			}
			await store.finish(row.id, error.message);
			return { outcome: "over" };
		}
	}

	/** The entry keeps its claim and its place in the lane: what was said after it must not overtake it. */
	async function keep(row: InboxRow, error: Error, retryInMs: number): Promise<Attempt> {
		await store.fail(row.id, error.message, retryInMs + LEASE_MS);
		return { outcome: "again", retryInMs };
	}

	async function round(): Promise<void> {
		try {
			await store.renew([...claimed], LEASE_MS);
			if (stopping.signal.aborted) return;
			for (const row of await store.claimDue(SWEEP_LIMIT, LEASE_MS)) {
				if (!claimed.has(row.id)) begin(laneOf(row.body), Promise.resolve(row));
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
			const inserting = store.insert({ key, twinKey, body }, LEASE_MS);
			// After `stop` the row waits for the next process; its claim runs out by then.
			if (!stopping.signal.aborted) begin(lane, inserting);
			return (await inserting) !== null;
		},
		start() {
			if (timer === null && !stopping.signal.aborted) schedule(0);
		},
		async stop() {
			stopping.abort();
			// Rounds go on while work is at hand: they keep the claims.
			await lanes.drain();
			if (timer !== null) clearTimeout(timer);
			timer = null;
			await lastRound;
		},
	};
}

/** Slack is away, the token is being renewed: it is waited for as long as it takes. */
function passes(error: unknown): boolean {
	return error instanceof AppError && error.retryable;
}
