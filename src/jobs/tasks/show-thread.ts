import type { Db } from "../../db/client.ts";
import { type Enqueue, showThreadJob } from "../queue.ts";
import { defineTask, type Task } from "../worker.ts";

/** Makes sure that a session's threads show its last state, however long Slack asks to wait. */
export function createShowThreadTask(deps: {
	db: Db;
	enqueue: Enqueue;
	showThread: (
		sessionId: string,
	) => Promise<{ outcome: "shown" } | { outcome: "later"; retryAfterMs: number }>;
}): Task {
	return defineTask(showThreadJob, async (payload) => {
		const shown = await deps.showThread(payload.sessionId);
		if (shown.outcome === "shown") return;
		await deps.enqueue(deps.db, showThreadJob, payload, {
			key: payload.sessionId,
			startAfterMs: shown.retryAfterMs,
			// Or each change of a time in which Slack is away would look for it by itself.
			unlessWaiting: true,
		});
	});
}
