import type { Db } from "../../db/client.ts";
import { type Enqueue, tellLinkedJob } from "../queue.ts";
import { defineTask, type Task } from "../worker.ts";

/** Tells a person that GitHub is connected, however long Slack asks to wait. */
export function createTellLinkedTask(deps: {
	db: Db;
	enqueue: Enqueue;
	tellLinked: (input: {
		sessionId: string;
		personId: string;
	}) => Promise<{ outcome: "shown" } | { outcome: "later"; retryAfterMs: number }>;
}): Task {
	return defineTask(tellLinkedJob, async (payload) => {
		const { sessionId, personId } = payload;
		const told = await deps.tellLinked({ sessionId, personId });
		if (told.outcome === "shown") return;
		await deps.enqueue(deps.db, tellLinkedJob, payload, {
			key: personId,
			startAfterMs: told.retryAfterMs,
		});
	});
}
