import type { Db } from "../../db/client.ts";
import { type Enqueue, notifyAuthorJob } from "../queue.ts";
import { defineTask, type Task } from "../worker.ts";

/** Tells a prompt's author by a direct message how it ended, however long Slack asks to wait. */
export function createNotifyAuthorTask(deps: {
	db: Db;
	enqueue: Enqueue;
	notifyAuthor: (end: {
		sessionId: string;
		promptId: string;
		/** When it ended, in ms since 1970. */
		atMs: number;
	}) => Promise<{ outcome: "shown" } | { outcome: "later"; retryAfterMs: number }>;
}): Task {
	return defineTask(notifyAuthorJob, async (payload) => {
		const told = await deps.notifyAuthor(payload);
		if (told.outcome === "shown") return;
		await deps.enqueue(deps.db, notifyAuthorJob, payload, {
			key: payload.promptId,
			startAfterMs: told.retryAfterMs,
		});
	});
}
