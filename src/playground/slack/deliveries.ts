import type { Log } from "../../log.ts";
import type { AppLink } from "./app-link.ts";
import type { Delivery, Refusal } from "./model.ts";
import type { Store } from "./store.ts";

/** Slack repeats an event at once, after a minute and after five. */
export const RETRY_DELAYS_MS = [0, 60_000, 300_000];
/** While no socket is connected, pending events are looked at again this often; a new socket is served at once. */
const NOBODY_DELAY_MS = 5_000;

export interface Deliveries {
	/** Sends what is due. Call it after something was enqueued or a socket connected. */
	poke(): void;
	start(): void;
	/** What is on its way is left pending, and is sent again at the next start. */
	stop(): Promise<void>;
	/** Resolves when nothing is due any more. */
	settle(): Promise<void>;
}

/** Delivers the events that wait in the store, each on its own and with Slack's retries. */
export function createDeliveries(deps: {
	store: Store;
	link: AppLink;
	log: Log;
	now: () => number;
	retryDelaysMs: readonly number[];
	refuse: (refusal: Omit<Refusal, "id" | "at">) => void;
}): Deliveries {
	const { store, link, now } = deps;
	const inFlight = new Map<number, Promise<unknown>>();
	let running = false;
	let timer: NodeJS.Timeout | undefined;

	function poke(): void {
		if (!running) return;
		clearTimeout(timer);
		let nextAt = Number.POSITIVE_INFINITY;
		for (const delivery of store.pendingDeliveries()) {
			if (inFlight.has(delivery.id)) continue;
			if (delivery.next_at > now()) {
				nextAt = Math.min(nextAt, delivery.next_at);
				continue;
			}
			const sending = send(delivery)
				.catch((error: unknown) => deps.log.error({ err: error }, "playground Slack: a delivery broke"))
				.finally(() => inFlight.delete(delivery.id));
			inFlight.set(delivery.id, sending);
		}
		if (nextAt < Number.POSITIVE_INFINITY) wakeIn(nextAt - now());
	}

	function wakeIn(delayMs: number): void {
		clearTimeout(timer);
		timer = setTimeout(poke, Math.max(1, Math.min(delayMs, 60_000)));
		timer.unref();
	}

	async function send(delivery: Delivery): Promise<void> {
		const result = await link.sendEvent(delivery.body, {
			number: delivery.attempts,
			reason: delivery.last_reason,
		});
		if (result.outcome === "accepted") {
			store.endDelivery(delivery.id, "accepted");
			return;
		}
		if (!running) return;
		if (result.outcome === "not_sent") {
			wakeIn(NOBODY_DELAY_MS);
			return;
		}
		deps.log.warn(
			{ eventId: delivery.event_id, attempt: delivery.attempts, reason: result.reason },
			"playground Slack: the app did not take an event",
		);
		deps.refuse({
			method: "event delivery",
			team_id: delivery.team_id,
			user: null,
			error: result.reason,
			messages: [result.detail],
			args: { event_id: delivery.event_id, attempt: delivery.attempts },
		});
		const delayMs = deps.retryDelaysMs[delivery.attempts];
		if (!result.mayRetry || delayMs === undefined) {
			store.endDelivery(delivery.id, "given_up");
			return;
		}
		store.retryDelivery(delivery.id, now() + delayMs, result.reason);
		setImmediate(poke);
	}

	return {
		poke,
		start() {
			running = true;
			poke();
		},
		async stop() {
			running = false;
			clearTimeout(timer);
			await Promise.all(inFlight.values());
		},
		async settle() {
			do {
				await Promise.all(inFlight.values());
				// What was enqueued, or is to be sent again at once, is under way by then.
				await new Promise((resolve) => setImmediate(resolve));
			} while (inFlight.size > 0);
		},
	};
}
