import { setTimeout as delay } from "node:timers/promises";
import type pg from "pg";
import type { Log } from "../log.ts";
import type { Database } from "./client.ts";

const FIRST_RETRY_MS = 100;
const LONGEST_RETRY_MS = 2_000;

/** The one connection of an instance that LISTENs. A notification is a hint: what it tells of is in a table. */
export interface Listener {
	/** Calls back for each notification of a channel. Call before `start`. */
	on(channel: string, onPayload: (payload: string) => void): void;
	/** Calls back when notifications may have been missed: read the tables again. Call before `start`. */
	onGap(callback: () => void): void;
	/** Resolves when the first connection listens. */
	start(): Promise<void>;
	stop(): Promise<void>;
}

/** Creates a listener that connects again for as long as it is not stopped. */
export function createListener(deps: { database: Database; log: Log }): Listener {
	const channels = new Map<string, (payload: string) => void>();
	const gapCallbacks: (() => void)[] = [];
	const stopping = new AbortController();
	let client: pg.Client | null = null;

	async function connect(): Promise<void> {
		const next = await deps.database.connect();
		let lost = false;
		const onLost = (error?: Error) => {
			if (lost) return;
			lost = true;
			client = null;
			void next.end().catch(() => {});
			if (stopping.signal.aborted) return;
			deps.log.warn({ err: error }, "the listening connection was lost");
			void reconnect();
		};
		next.on("error", onLost);
		next.on("end", () => onLost());
		next.on("notification", (message) => channels.get(message.channel)?.(message.payload ?? ""));
		try {
			for (const channel of channels.keys()) await next.query(`listen ${channel}`);
			stopping.signal.throwIfAborted();
		} catch (error) {
			// Whoever called tries again: the end of this one must not start a second round beside.
			lost = true;
			await next.end().catch(() => {});
			throw error;
		}
		client = next;
	}

	async function reconnect(): Promise<void> {
		for (let waitMs = FIRST_RETRY_MS; !stopping.signal.aborted; ) {
			try {
				await delay(waitMs, undefined, { signal: stopping.signal });
				await connect();
				for (const callback of gapCallbacks) callback();
				return;
			} catch (error) {
				if (stopping.signal.aborted) return;
				deps.log.warn({ err: error }, "the listening connection could not be made");
				waitMs = Math.min(waitMs * 2, LONGEST_RETRY_MS);
			}
		}
	}

	return {
		on(channel, onPayload) {
			channels.set(channel, onPayload);
		},
		onGap(callback) {
			gapCallbacks.push(callback);
		},
		start: connect,
		async stop() {
			stopping.abort();
			await client?.end();
		},
	};
}
