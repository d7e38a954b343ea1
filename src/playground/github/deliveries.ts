import { createHmac, randomUUID } from "node:crypto";
import type { Log } from "../../log.ts";
import type { State } from "./state.ts";

const ANSWER_WITHIN_MS = 10_000;
const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 60_000;
const KEPT_DELIVERIES = 500;
/** Sent whether or not the App subscribed: an App cannot leave these. */
const ALWAYS_SENT = new Set([
	"installation",
	"installation_repositories",
	"ping",
	"github_app_authorization",
]);

export interface Deliveries {
	/** Keeps a webhook for sending. Belongs in the transaction of the change that it tells. */
	add(event: string, payload: Record<string, unknown>): void;
	/** Begins to send, what an earlier process left included. */
	start(): void;
	/** Ends after the delivery under way. The rest stays for the next start. */
	stop(): Promise<void>;
	/** Resolves when nothing is due any more. */
	settle(): Promise<void>;
}

interface DeliveriesDeps {
	state: State;
	url: string;
	secret: string;
	hookId: number;
	subscribedEvents: string[];
	log: Log;
	now: () => number;
}

interface Row {
	id: string;
	event: string;
	payload: string;
	attempts: number;
}

/** Signed webhooks out of a queue on disk, in order, repeated until they are answered with 2xx. */
export function createDeliveries(deps: DeliveriesDeps): Deliveries {
	const { state, log, now } = deps;
	const wanted = new Set([...ALWAYS_SENT, ...deps.subscribedEvents]);
	let running = false;
	let sending: Promise<void> | null = null;
	let timer: NodeJS.Timeout | undefined;

	async function send(row: Row): Promise<string> {
		const response = await fetch(deps.url, {
			method: "POST",
			body: row.payload,
			redirect: "manual",
			signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
			headers: {
				"content-type": "application/json",
				"user-agent": "GitHub-Hookshot/playground",
				"x-github-event": row.event,
				"x-github-delivery": row.id,
				"x-github-hook-id": String(deps.hookId),
				"x-github-hook-installation-target-type": "integration",
				"x-hub-signature-256": `sha256=${createHmac("sha256", deps.secret).update(row.payload).digest("hex")}`,
			},
		});
		await response.body?.cancel();
		return String(response.status);
	}

	async function sendDue(): Promise<void> {
		while (running) {
			const row = state.get<Row>(
				"select id, event, payload, attempts from deliveries where delivered_at_ms is null and next_at_ms <= ? order by position limit 1",
				now(),
			);
			if (row === undefined) return;
			const status = await send(row).catch((error: Error) => error.name);
			if (/^2\d\d$/.test(status)) {
				state.run(
					"update deliveries set delivered_at_ms = ?, attempts = attempts + 1, last_status = ? where id = ?",
					now(),
					status,
					row.id,
				);
			} else {
				const waitMs = Math.min(FIRST_RETRY_MS * 2 ** row.attempts, LONGEST_RETRY_MS);
				log.warn({ event: row.event, delivery: row.id, status, waitMs }, "a webhook was not taken");
				state.run(
					"update deliveries set attempts = attempts + 1, next_at_ms = ?, last_status = ? where id = ?",
					now() + waitMs,
					status,
					row.id,
				);
			}
		}
	}

	function wake(): void {
		if (!running || sending !== null) return;
		clearTimeout(timer);
		sending = sendDue().finally(() => {
			sending = null;
			const next = state.get<{ at: number | null }>(
				"select min(next_at_ms) as at from deliveries where delivered_at_ms is null",
			);
			if (running && next?.at != null) {
				timer = setTimeout(wake, Math.max(1, next.at - now()));
				timer.unref();
			}
		});
	}

	return {
		add(event, payload) {
			if (!wanted.has(event)) return;
			state.run(
				`insert into deliveries (id, position, event, payload, next_at_ms)
				 values (?, (select coalesce(max(position), 0) + 1 from deliveries), ?, ?, ?)`,
				randomUUID(),
				event,
				JSON.stringify(payload),
				now(),
			);
			// After the transaction that this belongs to.
			setImmediate(wake);
		},
		start() {
			state.run(
				`delete from deliveries where delivered_at_ms is not null
				 and position <= (select max(position) from deliveries) - ?`,
				KEPT_DELIVERIES,
			);
			running = true;
			wake();
		},
		async stop() {
			running = false;
			clearTimeout(timer);
			await sending;
		},
		async settle() {
			await new Promise((resolve) => setImmediate(resolve));
			while (sending !== null) await sending;
		},
	};
}
