import type { Tx } from "../db/client.ts";
import { checkReviewJob, type Enqueue } from "../jobs/queue.ts";
import { listOpenOfPrompter, listOpenOfSession } from "./review-store.ts";

/** Has the review checks of a session's open pull requests made anew: somebody began to prompt it. */
export async function recheckSession(tx: Tx, enqueue: Enqueue, sessionId: string): Promise<void> {
	await recheck(tx, enqueue, await listOpenOfSession(tx, sessionId));
}

/** The same for everything that a person prompted: their GitHub account was linked or unlinked. */
export async function recheckPerson(tx: Tx, enqueue: Enqueue, personId: string): Promise<void> {
	await recheck(tx, enqueue, await listOpenOfPrompter(tx, personId));
}

async function recheck(tx: Tx, enqueue: Enqueue, pullRequestIds: string[]): Promise<void> {
	for (const pullRequestId of pullRequestIds)
		await enqueue(tx, checkReviewJob, { version: 1, pullRequestId }, { key: pullRequestId });
}
