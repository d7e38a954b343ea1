import type { Tx } from "../../db/client.ts";
import { checkReviewJob, type Enqueue, judgeChecksJob, showThreadJob } from "../../jobs/queue.ts";
import { recordAudit } from "../../people/audit.ts";
import { appendEvents } from "../log/event-store.ts";
import type { PullRequestFacts } from "../ports.ts";
import { recordOpened } from "./opening-store.ts";

/**
 * An intent is a pull request at GitHub: writes it down with all that follows from it, once, whoever comes first to know.
 * The session's row must be locked by the caller. False: it was known.
 */
export async function noteOpened(
	tx: Tx,
	enqueue: Enqueue,
	intent: {
		id: string;
		session_id: string;
		prompt_id: string | null;
		repository_id: string;
		branch: string;
		owner: string;
		name: string;
	},
	facts: PullRequestFacts,
	at: Date,
): Promise<boolean> {
	const { id, session_id: sessionId, branch, repository_id: repositoryId } = intent;
	const { number, url, title, base, state, draft, headSha, additions, deletions } = facts;
	const size = { additions, deletions };
	const opened = await recordOpened(tx, { id, number, url, title, base, state, draft, headSha, ...size, at });
	if (opened === null) return false;
	const repository = `${intent.owner}/${intent.name}`;
	const place = { promptId: intent.prompt_id, pullRequestId: id, repository };
	const data = { ...place, number, url, title, branch, base };
	await appendEvents(tx, sessionId, [{ type: "pull_request.opened", data }], at);
	const act = { personId: opened.openedBy, action: "pull_request.opened", sessionId, repositoryId };
	const details = { branch, base, draft, as: opened.openedAs };
	await recordAudit(tx, { ...act, subject: `${repository}#${number}`, data: details }, at);
	await enqueue(tx, checkReviewJob, { version: 1, pullRequestId: id }, { key: id });
	// They ran since the push, and what they said then was about no pull request.
	await enqueue(tx, judgeChecksJob, { version: 1, pullRequestId: id }, { key: id });
	await enqueue(tx, showThreadJob, { version: 1, sessionId }, { key: sessionId });
	return true;
}
