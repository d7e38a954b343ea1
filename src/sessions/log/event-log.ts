import { randomUUID } from "node:crypto";
import type { LoggedEvent, SessionEvent } from "../../contract/event.ts";
import type { Database } from "../../db/client.ts";
import type { Listener } from "../../db/listener.ts";
import { AppError } from "../../errors.ts";
import type { Log } from "../../log.ts";
import { type BatchRow, EVENTS_CHANNEL, readEvents, readLastSeq, writeBatch } from "./event-store.ts";
import { mergeDeltas } from "./merge-deltas.ts";
import { createSubscriptions, type Subscriptions } from "./subscriptions.ts";

const RETRY_MS = 200;
/** The pause before the next flush when somebody waits for it. */
const AWAITED_MS = 2;

/** A run's place in the log: what it writes counts only while it owns the session. */
export interface LogWriter {
	/** Keeps an event soon: within one flush. */
	append(event: SessionEvent): void;
	/**
	 * Resolves when everything appended so far is in the database.
	 *
	 * @throws AppError `lost_ownership`
	 */
	flush(): Promise<void>;
	close(): void;
}

/** Every session's log, in PostgreSQL, written by one group writer per instance. */
export interface EventLog {
	/** `onLost`: another run owns the session; what was not kept yet is dropped. */
	openWriter(input: { sessionId: string; epoch: number; onLost: () => void }): LogWriter;
	subscribe: Subscriptions["subscribe"];
	read(input: { sessionId: string; afterSeq: number; limit?: number }): Promise<LoggedEvent[]>;
	/** Writes what is left. */
	stop(): Promise<void>;
}

interface Pending {
	event: SessionEvent;
	atMs: number;
}

interface OpenWriter {
	sessionId: string;
	epoch: number;
	onLost: () => void;
	lost: boolean;
	closed: boolean;
	pending: Pending[];
	/** Rows given to the statement that is under way. */
	inFlight: number;
	waiters: { resolve: () => void; reject: (error: Error) => void }[];
}

/**
 * Creates the log. Events of all sessions are gathered for `flushMs` and written in one statement, at most
 * `rowsPerSessionPerFlush` for each session, so that a noisy one cannot slow the others. A database that is away is
 * waited for; nothing is dropped meanwhile.
 */
export function createEventLog(deps: {
	database: Database;
	listener: Listener;
	log: Log;
	now: () => number;
	flushMs?: number;
	rowsPerSessionPerFlush?: number;
}): EventLog {
	const { db } = deps.database;
	const { log } = deps;
	const flushMs = deps.flushMs ?? 10;
	const rowsPerSession = deps.rowsPerSessionPerFlush ?? 100;
	const name = randomUUID();
	const writers = new Set<OpenWriter>();
	let timer: NodeJS.Timeout | null = null;
	let flushing: Promise<void> | null = null;

	const subscriptions = createSubscriptions({
		read: (sessionId, afterSeq, limit) => readEvents(db, { sessionId, afterSeq, limit }),
		readLastSeq: (sessionId) => readLastSeq(db, sessionId),
		log,
	});
	deps.listener.on(EVENTS_CHANNEL, (payload) => {
		const [sessionId, seq, author] = payload.split(":");
		// What this writer wrote is given out from memory, also when this hint of it comes first.
		if (sessionId && seq && author !== name) subscriptions.announce(sessionId, Number(seq));
	});
	deps.listener.onGap(() => subscriptions.recheck());

	function schedule(afterMs: number): void {
		if (timer !== null || flushing !== null) return;
		timer = setTimeout(() => {
			timer = null;
			void flushAll();
		}, afterMs);
	}

	/** One statement for everybody who has something; what comes meanwhile goes with the next. */
	async function flushAll(): Promise<void> {
		if (flushing !== null) return flushing;
		let pauseMs = flushMs;
		flushing = (async () => {
			// One writer for each session: an older one that is still open is found stale by itself.
			const batch = [
				...new Map([...writers].filter((w) => w.pending.length > 0).map((w) => [w.sessionId, w])).values(),
			];
			if (batch.length === 0) return;
			try {
				await write(batch);
			} catch (error) {
				log.error({ err: error, sessions: batch.length }, "events could not be written; trying again");
				pauseMs = RETRY_MS;
				// One session's rows may be what the database refuses: the others must not wait for them.
				if (batch.length > 1) for (const writer of batch) await write([writer]).catch(() => {});
			}
		})().finally(() => {
			flushing = null;
			const left = [...writers].filter((writer) => writer.pending.length > 0);
			if (left.length > 0) schedule(left.some((w) => w.waiters.length > 0) ? AWAITED_MS : pauseMs);
		});
		return flushing;
	}

	async function write(batch: OpenWriter[]): Promise<void> {
		const parts = new Map<OpenWriter, Pending[]>();
		for (const writer of batch) {
			const part = writer.pending.slice(0, rowsPerSession);
			parts.set(writer, part);
			writer.inFlight = part.length;
		}
		try {
			const rows: BatchRow[] = batch.flatMap((writer) =>
				(parts.get(writer) ?? []).map((row, index) => ({
					index,
					sessionId: writer.sessionId,
					event: row.event,
					at: new Date(row.atMs),
				})),
			);
			const outcomes = await writeBatch(
				db,
				batch.map((w) => ({ sessionId: w.sessionId, epoch: w.epoch, count: w.inFlight })),
				rows,
				name,
			);
			for (const writer of batch) {
				const result = outcomes.get(writer.sessionId);
				if (result?.outcome === "stale") lose(writer);
				if (result?.outcome !== "written") continue;
				const part = parts.get(writer) ?? [];
				writer.pending.splice(0, part.length);
				subscriptions.offer(
					writer.sessionId,
					part.map(({ event, atMs }, index) => ({
						...event,
						sessionId: writer.sessionId,
						seq: result.baseSeq + index + 1,
						at: new Date(atMs).toISOString(),
					})),
				);
				if (writer.pending.length > 0) continue;
				for (const waiter of writer.waiters.splice(0)) waiter.resolve();
				if (writer.closed) writers.delete(writer);
			}
		} finally {
			for (const writer of batch) writer.inFlight = 0;
		}
	}

	function lose(writer: OpenWriter): void {
		if (writer.lost) return;
		writer.lost = true;
		writer.pending.length = 0;
		writers.delete(writer);
		for (const waiter of writer.waiters.splice(0)) waiter.reject(lostOwnership());
		writer.onLost();
	}

	return {
		openWriter({ sessionId, epoch, onLost }) {
			const writer: OpenWriter = {
				sessionId,
				epoch,
				onLost,
				lost: false,
				closed: false,
				pending: [],
				inFlight: 0,
				waiters: [],
			};
			writers.add(writer);
			return {
				append(event) {
					if (writer.lost) return;
					const last = writer.pending.length > writer.inFlight ? writer.pending.at(-1) : undefined;
					const merged = last ? mergeDeltas(last.event, event) : null;
					if (last && merged) last.event = merged;
					else writer.pending.push({ event, atMs: deps.now() });
					schedule(flushMs);
				},
				flush() {
					if (writer.lost) return Promise.reject(lostOwnership());
					if (writer.pending.length === 0) return Promise.resolve();
					const done = new Promise<void>((resolve, reject) => writer.waiters.push({ resolve, reject }));
					if (timer !== null) clearTimeout(timer);
					timer = null;
					void flushAll();
					return done;
				},
				close() {
					writer.closed = true;
					if (writer.pending.length === 0) writers.delete(writer);
				},
			};
		},
		subscribe: subscriptions.subscribe,
		read: ({ sessionId, afterSeq, limit }) => readEvents(db, { sessionId, afterSeq, limit: limit ?? 1_000 }),
		async stop() {
			if (timer !== null) clearTimeout(timer);
			timer = null;
			await flushing;
			await flushAll();
			if (timer !== null) clearTimeout(timer);
		},
	};
}

export function lostOwnership(): AppError {
	return new AppError("lost_ownership", "Another instance of Bobbin runs this session now.");
}
