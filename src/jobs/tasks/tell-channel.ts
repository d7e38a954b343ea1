import type { Db } from "../../db/client.ts";
import { type Enqueue, tellChannelJob } from "../queue.ts";
import { defineTask, type Task } from "../worker.ts";

/** Says a line in a channel once, however long Slack asks to wait. */
export function createTellChannelTask(deps: {
	db: Db;
	enqueue: Enqueue;
	tellChannel: (line: {
		teamId: string;
		channelId: string;
		threadTs: string | null;
		text: string;
		quote: string | null;
		deliveryId: string;
		/** It was not said before then, in ms since 1970. */
		sinceMs: number;
	}) => Promise<{ outcome: "shown" } | { outcome: "later"; retryAfterMs: number }>;
}): Task {
	return defineTask(tellChannelJob, async (payload) => {
		const { version: _, atMs: sinceMs, threadTs = null, ...line } = payload;
		const { teamId, channelId } = payload;
		const told = await deps.tellChannel({ ...line, threadTs, sinceMs });
		if (told.outcome === "shown") return;
		await deps.enqueue(deps.db, tellChannelJob, payload, {
			key: `${teamId}:${channelId}`,
			startAfterMs: told.retryAfterMs,
		});
	});
}
