import type { Db, Tx } from "../../db/client.ts";
import { isLinked } from "../../people/account-store.ts";
import { isHeldForNothing } from "../../sessions/queue/hold-store.ts";
import { askToLinkJob, type Enqueue } from "../queue.ts";
import { defineTask, type Task } from "../worker.ts";

/**
 * Asks a person to connect GitHub. Who did so while their prompt was being held, or does not have to any more, lets it go
 * on instead.
 */
export function createAskToLinkTask(deps: {
	db: Db;
	enqueue: Enqueue;
	release: (tx: Tx, personId: string) => Promise<unknown>;
	askToLink: (input: {
		sessionId: string;
		personId: string;
	}) => Promise<{ outcome: "shown" } | { outcome: "later"; retryAfterMs: number }>;
}): Task {
	return defineTask(askToLinkJob, async (payload) => {
		const { sessionId, personId } = payload;
		if ((await isLinked(deps.db, personId)) || (await isHeldForNothing(deps.db, payload))) {
			await deps.db.transaction().execute((tx) => deps.release(tx, personId));
			return;
		}
		const asked = await deps.askToLink({ sessionId, personId });
		if (asked.outcome === "shown") return;
		await deps.enqueue(deps.db, askToLinkJob, payload, {
			key: personId,
			startAfterMs: asked.retryAfterMs,
		});
	});
}
