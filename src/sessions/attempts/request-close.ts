import type { Tx } from "../../db/client.ts";
import { closeAttemptJob, type Enqueue } from "../../jobs/queue.ts";
import { countPrompts } from "./attempt-store.ts";

/** Has an attempt closed that was not picked. What it was asked by now is counted, so that what comes later is known. */
export async function requestClose(
	tx: Tx,
	enqueue: Enqueue,
	{ sessionId, personId }: { sessionId: string; personId: string },
): Promise<void> {
	const promptCount = await countPrompts(tx, sessionId);
	const job = { version: 1 as const, sessionId, personId, promptCount };
	await enqueue(tx, closeAttemptJob, job, { key: sessionId });
}
