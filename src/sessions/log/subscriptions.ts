import type { LoggedEvent } from "../../contract/event.ts";
import type { Log } from "../../log.ts";

const READ_LIMIT = 500;

interface Subscriber {
	onEvent: (event: LoggedEvent) => void;
	/** The last seq that was given out; null until it is known where to begin. */
	cursor: number | null;
	/** What the log is known to hold. */
	knownSeq: number;
	/** The lowest seq that was announced before the beginning was known. */
	firstAnnouncedSeq: number;
	busy: boolean;
	ended: boolean;
}

/** Who follows which session on this instance; each gets every event once and in order. */
export interface Subscriptions {
	/** `afterSeq`: begin right after it, with what is already in the log; without it: from now on. */
	subscribe(
		sessionId: string,
		onEvent: (event: LoggedEvent) => void,
		options?: { afterSeq?: number },
	): () => void;
	/** Events written by this instance, just committed. */
	offer(sessionId: string, events: LoggedEvent[]): void;
	/** The log of a session reaches to `seq`, whoever wrote it. */
	announce(sessionId: string, seq: number): void;
	/** Announcements may have been missed. */
	recheck(): void;
}

export function createSubscriptions(deps: {
	read(sessionId: string, afterSeq: number, limit: number): Promise<LoggedEvent[]>;
	readLastSeq(sessionId: string): Promise<number>;
	log: Log;
}): Subscriptions {
	const followed = new Map<string, Set<Subscriber>>();

	function give(subscriber: Subscriber, events: LoggedEvent[]): void {
		for (const event of events) {
			if (subscriber.ended) return;
			subscriber.cursor = event.seq;
			try {
				subscriber.onEvent(event);
			} catch (error) {
				deps.log.error({ err: error, session: event.sessionId }, "a follower of a session threw");
			}
		}
	}

	async function catchUp(sessionId: string, subscriber: Subscriber): Promise<void> {
		if (subscriber.busy) return;
		subscriber.busy = true;
		try {
			if (subscriber.cursor === null) {
				const lastSeq = await deps.readLastSeq(sessionId);
				subscriber.cursor = Math.min(lastSeq, subscriber.firstAnnouncedSeq - 1);
			}
			while (!subscriber.ended && subscriber.knownSeq > subscriber.cursor) {
				const events = await deps.read(sessionId, subscriber.cursor, READ_LIMIT);
				// A finished turn's pieces are gone from the log: an announced seq may hold nothing any more.
				if (events.length === 0) subscriber.cursor = subscriber.knownSeq;
				give(subscriber, events);
			}
		} catch (error) {
			deps.log.warn({ err: error, session: sessionId }, "events could not be read; the next one tries again");
		} finally {
			subscriber.busy = false;
		}
	}

	function advance(sessionId: string, subscriber: Subscriber, firstSeq: number, lastSeq: number): void {
		if (subscriber.cursor === null) {
			subscriber.firstAnnouncedSeq = Math.min(subscriber.firstAnnouncedSeq, firstSeq);
		}
		subscriber.knownSeq = Math.max(subscriber.knownSeq, lastSeq);
		if (subscriber.cursor === null || subscriber.cursor < subscriber.knownSeq)
			void catchUp(sessionId, subscriber);
	}

	return {
		subscribe(sessionId, onEvent, options = {}) {
			const subscriber: Subscriber = {
				onEvent,
				cursor: options.afterSeq ?? null,
				// With a beginning given, the log is read at once, whatever it is known to hold.
				knownSeq: 0,
				firstAnnouncedSeq: Number.POSITIVE_INFINITY,
				busy: false,
				ended: false,
			};
			const set = followed.get(sessionId) ?? new Set();
			followed.set(sessionId, set.add(subscriber));
			if (options.afterSeq === undefined) void catchUp(sessionId, subscriber);
			else
				void deps.readLastSeq(sessionId).then(
					(lastSeq) => advance(sessionId, subscriber, lastSeq, lastSeq),
					(error) => deps.log.warn({ err: error, session: sessionId }, "a log's end could not be read"),
				);
			return () => {
				subscriber.ended = true;
				set.delete(subscriber);
				if (set.size === 0 && followed.get(sessionId) === set) followed.delete(sessionId);
			};
		},
		offer(sessionId, events) {
			const first = events[0];
			const last = events.at(-1);
			if (!first || !last) return;
			for (const subscriber of followed.get(sessionId) ?? []) {
				if (!subscriber.busy && subscriber.cursor === first.seq - 1) {
					subscriber.knownSeq = Math.max(subscriber.knownSeq, last.seq);
					give(subscriber, events);
				} else advance(sessionId, subscriber, first.seq, last.seq);
			}
		},
		announce(sessionId, seq) {
			for (const subscriber of followed.get(sessionId) ?? []) advance(sessionId, subscriber, seq, seq);
		},
		recheck() {
			for (const [sessionId, set] of followed) {
				for (const subscriber of set) {
					void deps.readLastSeq(sessionId).then(
						(lastSeq) => advance(sessionId, subscriber, lastSeq, lastSeq),
						(error) => deps.log.warn({ err: error, session: sessionId }, "a log's end could not be read"),
					);
				}
			}
		},
	};
}
