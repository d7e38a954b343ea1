import type { Problem } from "../../contract/event.ts";
import type { Db, Tx } from "../../db/client.ts";
import { type Enqueue, showThreadJob, snapshotSessionJob } from "../../jobs/queue.ts";
import { recordAudit } from "../../people/audit.ts";
import { judgeSession } from "../checks/request-check-judgment.ts";
import { oweAnswer } from "../comments/owe-answer.ts";
import { lostOwnership } from "../log/event-log.ts";
import { appendEvents } from "../log/event-store.ts";
import { settleSession } from "../pull-requests/settle-session.ts";
import { closeQuestions } from "../questions/question-store.ts";
import type { Claim } from "../queue/claim-prompt.ts";
import { notifyAuthor } from "../queue/notify-author.ts";
import { finishPrompt, readCost, requeuePrompt } from "../queue/prompt-store.ts";
import { readMove } from "../routing/move-store.ts";
import { forgetMissed } from "../sandbox/sandbox-store.ts";
import { holdOwnership, lockSession } from "../session-store.ts";
import { keepSnippet } from "./snippet-store.ts";

/** How a prompt ended, as it is kept. */
export interface PromptEnd {
	status: "done" | "failed" | "stopped";
	answer: string | null;
	problem: Problem | null;
}

/**
 * Writes a prompt's end, tells it in the log and has it shown and its sandbox kept, all or nothing.
 *
 * @throws AppError `lost_ownership`: another run writes the end
 */
export function finishTurn(
	deps: { db: Db; enqueue: Enqueue; now: () => number },
	claim: Claim,
	end: PromptEnd,
	/** What the agent said that its model calls cost; counts where the gateway metered nothing. USD. */
	reportedCostUsd: number,
): Promise<void> {
	const { sessionId, promptId, epoch } = claim;
	return deps.db.transaction().execute(async (tx) => {
		const at = new Date(deps.now());
		if (!(await holdOwnership(tx, { sessionId, epoch, set: { released: true } }))) throw lostOwnership();
		const costUsd = Math.max(await readCost(tx, promptId), reportedCostUsd);
		await finishPrompt(tx, { promptId, ...end, costUsd, at });
		await closeQuestions(tx, { promptId, at });
		if (end.status === "done") await keepSnippet(tx, { sessionId, promptId });
		await appendEvents(
			tx,
			sessionId,
			[
				{
					type: "prompt.finished",
					data: {
						promptId,
						status: end.status,
						problem: end.problem,
						durationMs: at.getTime() - claim.startedAtMs,
						costUsd,
					},
				},
			],
			at,
		);
		if (end.problem?.code === "no_access") {
			const { author_id: personId } = claim.prompt;
			const place = { sessionId, repositoryId: claim.session.repository_id };
			await recordAudit(tx, { personId, action: "prompt.refused", ...place, data: { promptId } }, at);
		}
		// What the agent has read and answered is in its conversation now.
		if (end.status === "done") await forgetMissed(tx, sessionId);
		// What was merged or closed in mid-turn ended no session that was at work.
		await settleSession(tx, await lockSession(tx, sessionId), at);
		// Its head stays where it is now: what the checks say of it counts.
		await judgeSession(tx, deps.enqueue, sessionId);
		await oweAnswer(tx, deps.enqueue, claim.prompt);
		const { author_id: authorId } = claim.prompt;
		await notifyAuthor(tx, deps.enqueue, { id: promptId, sessionId, authorId }, at);
		await deps.enqueue(tx, showThreadJob, { version: 1, sessionId }, { key: sessionId });
		const moves = await beginAnew(tx, claim, at);
		const reason = moves ? "move" : "turn";
		await deps.enqueue(tx, snapshotSessionJob, { version: 1, sessionId, reason }, { key: sessionId });
	});
}

/** A turn that was stopped because its session moves waits to begin anew in the other repository. False: it does not move. */
async function beginAnew(tx: Tx, { sessionId, promptId }: Claim, at: Date): Promise<boolean> {
	const move = await readMove(tx, sessionId);
	if (move?.promptId === promptId) {
		await requeuePrompt(tx, promptId);
		await appendEvents(tx, sessionId, [{ type: "prompt.queued", data: { promptId, position: 1 } }], at);
	}
	return move !== null;
}
