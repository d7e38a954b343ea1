import type { Tx } from "../../db/client.ts";
import { type Enqueue, showThreadJob } from "../../jobs/queue.ts";
import { findMissedSessions } from "./missed-thread-store.ts";

/** Has every thread shown in which something happened while nothing could be said there. Gives how many. */
export async function resumeThreads(
	tx: Tx,
	enqueue: Enqueue,
	of: { teamIds: string[]; since: Date },
): Promise<number> {
	const sessionIds = await findMissedSessions(tx, of);
	for (const sessionId of sessionIds) {
		await enqueue(tx, showThreadJob, { version: 1, sessionId }, { key: sessionId });
	}
	return sessionIds.length;
}
