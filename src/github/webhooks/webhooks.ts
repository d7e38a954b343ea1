import type { Log } from "../../log.ts";
import type { GithubStore } from "../store.ts";
import { keptDelivery } from "./delivery.ts";
import type { EventDeps } from "./event-deps.ts";
import { handleDelivery } from "./handle-delivery.ts";
import { createProcessor } from "./processor.ts";
import { createReceiver } from "./receiver.ts";

export interface GithubWebhooksDeps extends EventDeps {
	store: GithubStore;
	secret: string;
	log: Log;
	now: () => number;
}

export interface GithubWebhooks {
	/** `POST /github/webhooks`: 401 and no row for a wrong signature, else kept, then 202, then processed. */
	handle(request: Request): Promise<Response>;
	/** Processes what is kept and not processed, now and every minute; call it at start. */
	replay(): Promise<void>;
	/** Takes no more work and waits for what is under way. */
	drain(): Promise<void>;
}

/** GitHub's webhooks: verified, kept, answered, then processed by reading GitHub again, so that order does not matter. */
export function createGithubWebhooks(deps: GithubWebhooksDeps): GithubWebhooks {
	const processor = createProcessor({
		...deps,
		process: (row) => handleDelivery(keptDelivery.parse(row.body), deps),
	});
	const receive = createReceiver({ ...deps, onKept: (id) => void processor.begin(id) });
	let draining = false;

	return {
		handle: async (request) => (draining ? new Response("shutting down", { status: 503 }) : receive(request)),
		replay: processor.replay,
		drain() {
			draining = true;
			return processor.drain();
		},
	};
}
