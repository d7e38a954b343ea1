import type { Tx } from "../../db/client.ts";
import { checkReviewJob, type Enqueue } from "../../jobs/queue.ts";
import {
	findOpenByHead,
	findToldRepository,
	type ToldRepository,
} from "../pull-requests/pull-request-life-store.ts";
import { listLatestOpen, listOpenOfPerson, listOpenOfSession } from "./review-store.ts";

/** What was told while Bobbin was away is not told again; older ones wait for their next webhook. */
const MOST_AT_START = 200;

/** Has the review checks of a session's open pull requests made anew: somebody began to prompt it. */
export async function recheckSession(tx: Tx, enqueue: Enqueue, sessionId: string): Promise<void> {
	await recheck(tx, enqueue, await listOpenOfSession(tx, sessionId));
}

/** The same for everything that a person prompted or reviewed: they connected a GitHub account. */
export async function recheckPerson(tx: Tx, enqueue: Enqueue, personId: string): Promise<void> {
	await recheck(tx, enqueue, await listOpenOfPerson(tx, personId));
}

/** The same at start, for the pull requests that moved last: GitHub repeats no webhook. */
export async function recheckLatest(tx: Tx, enqueue: Enqueue): Promise<void> {
	await recheck(tx, enqueue, await listLatestOpen(tx, MOST_AT_START));
}

/** The same for a commit of which somebody asked GitHub to run the checks again. */
export async function recheckCommit(
	tx: Tx,
	enqueue: Enqueue,
	of: { repository: ToldRepository; sha: string },
): Promise<void> {
	const repository = await findToldRepository(tx, of.repository);
	if (!repository) return;
	const open = await findOpenByHead(tx, { repositoryId: repository.id, sha: of.sha });
	await recheck(
		tx,
		enqueue,
		open.map(({ id }) => id),
	);
}

async function recheck(tx: Tx, enqueue: Enqueue, pullRequestIds: string[]): Promise<void> {
	for (const pullRequestId of pullRequestIds)
		await enqueue(tx, checkReviewJob, { version: 1, pullRequestId }, { key: pullRequestId });
}
