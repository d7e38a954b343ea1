import type { CheckBudget } from "../../budget/check-budget.ts";
import type { Reached } from "../../budget/decide-budget.ts";
import { askStop, decideStop, findRefusal, noteRefusal } from "../../budget/stop-store.ts";
import type { SessionEvent } from "../../contract/event.ts";
import type { Db, Tx } from "../../db/client.ts";
import { type Enqueue, runPromptJob, showThreadJob, snapshotSessionJob } from "../../jobs/queue.ts";
import { lostOwnership } from "../log/event-log.ts";
import { appendEvents } from "../log/event-store.ts";
import { closeQuestions } from "../questions/question-store.ts";
import { holdOwnership } from "../session-store.ts";
import { isStopRequested, pausePrompt, readCost } from "./prompt-store.ts";

interface PauseDeps {
	db: Db;
	enqueue: Enqueue;
	now: () => number;
	newId: () => string;
	checkBudget: CheckBudget;
}

/**
 * Ends the turn of a prompt whose next model call was refused for its budget: back to its place in the queue, until
 * people decide. Where the cap was raised meanwhile it goes on at once, as the next attempt.
 *
 * @throws AppError `lost_ownership`: another run pauses it
 */
export function pauseTurn(
	deps: PauseDeps,
	claim: { sessionId: string; promptId: string; epoch: number },
	attempt: number,
): Promise<{ outcome: "paused" | "stop_requested" }> {
	const { sessionId, promptId, epoch } = claim;
	return deps.db.transaction().execute(async (tx) => {
		const at = new Date(deps.now());
		if (!(await holdOwnership(tx, { sessionId, epoch }))) throw lostOwnership();
		if (await isStopRequested(tx, promptId)) return { outcome: "stop_requested" };
		await holdOwnership(tx, { sessionId, epoch, set: { released: true } });
		const reached = await deps.checkBudget(tx, { sessionId, promptId });
		const costUsd = await readCost(tx, promptId);
		await closeQuestions(tx, { promptId, at });
		await pausePrompt(tx, { promptId, held: reached === null ? null : "budget", costUsd, at });
		const job = { version: 1 as const, sessionId };
		if (reached === null) {
			const refusal = await findRefusal(tx, { promptId, attempt });
			if (refusal) await decideStop(tx, refusal.id, { personId: null, raisedUsd: 0, at });
			await deps.enqueue(tx, runPromptJob, job, { key: sessionId });
		} else {
			await askFor(tx, deps, { sessionId, promptId, attempt, reached, at });
			// It may take long until they decide.
			await deps.enqueue(tx, snapshotSessionJob, { ...job, reason: "turn" }, { key: sessionId });
		}
		await deps.enqueue(tx, showThreadJob, job, { key: sessionId });
		return { outcome: "paused" };
	});
}

/** Notes that people are asked about a prompt that is held. The session's row must be locked by the caller. */
export async function askFor(
	tx: Tx,
	deps: Pick<PauseDeps, "newId">,
	ask: { sessionId: string; promptId: string; attempt: number; reached: Reached; at: Date },
): Promise<void> {
	const { sessionId, promptId, attempt, reached, at } = ask;
	await noteRefusal(tx, { id: deps.newId(), ...ask });
	const refusal = await findRefusal(tx, { promptId, attempt });
	if (refusal) await askStop(tx, refusal.id, reached, at);
	const { scope, spentUsd, capUsd } = reached;
	const events: SessionEvent[] = [
		{ type: "prompt.held", data: { promptId, why: "budget" } },
		{ type: "budget.reached", data: { promptId, scope, spentUsd, capUsd } },
	];
	await appendEvents(tx, sessionId, events, at);
}
