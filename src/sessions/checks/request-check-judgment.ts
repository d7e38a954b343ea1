import type { Db, Tx } from "../../db/client.ts";
import { type Enqueue, judgeChecksJob } from "../../jobs/queue.ts";
import type { ToldRepository } from "../pull-requests/pull-request-life-store.ts";
import { listOpenOfSession } from "../reviews/review-store.ts";
import { listOpenByPush } from "./check-finding-store.ts";

/** A check that has not ended so long after a push is not waited for. */
export const CHECKS_WITHIN_MS = 60 * 60_000;

/** Has the checks of a session's pull requests looked at: now that nothing runs in it, and when none is waited for any more. */
export async function judgeSession(tx: Tx, enqueue: Enqueue, sessionId: string): Promise<void> {
	for (const pullRequestId of await listOpenOfSession(tx, sessionId)) {
		const job = { version: 1 as const, pullRequestId };
		await enqueue(tx, judgeChecksJob, job, { key: pullRequestId });
		await enqueue(tx, judgeChecksJob, job, { key: pullRequestId, startAfterMs: CHECKS_WITHIN_MS });
	}
}

/** Has them looked at because a check of a commit may have changed; a commit that was not pushed by a session is left alone. */
export async function judgeCommit(
	deps: { db: Db; enqueue: Enqueue },
	of: { repository: ToldRepository; sha: string },
): Promise<void> {
	for (const pullRequestId of await listOpenByPush(deps.db, of))
		await deps.enqueue(deps.db, judgeChecksJob, { version: 1, pullRequestId }, { key: pullRequestId });
}
