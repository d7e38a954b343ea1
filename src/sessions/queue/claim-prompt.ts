import type { CheckBudget } from "../../budget/check-budget.ts";
import { isContinuation, settleStops } from "../../budget/stop-store.ts";
import type { Db, Tx } from "../../db/client.ts";
import { askToLinkJob, type Enqueue, showThreadJob } from "../../jobs/queue.ts";
import { estimateCost } from "../../stats/estimate-cost.ts";
import { appendEvents } from "../log/event-store.ts";
import { findByBranch } from "../pull-requests/pull-request-store.ts";
import { recheckSession } from "../reviews/request-review-check.ts";
import { chooseBranch } from "../routing/move-store.ts";
import { lockSession, readSession, setBranch, takeOwnership } from "../session-store.ts";
import { holdPrompt, mustLinkFirst } from "./hold-store.ts";
import { decideNextStep, type NextStep } from "./next-step.ts";
import { askFor } from "./pause-prompt.ts";
import { readOpenPrompts, readPrompt, startPrompt } from "./prompt-store.ts";
import { isResting } from "./rest-turn.ts";

/** A prompt that a run has made its own. */
export interface Claim {
	sessionId: string;
	promptId: string;
	epoch: number;
	attempt: number;
	/** An earlier owner began it, and its agent may be at work. */
	isResumed: boolean;
	/** It was paused in the middle, and its agent is to go on where it was. */
	isContinued: boolean;
	/** It was begun in another repository before the session was moved. */
	isAnew: boolean;
	/** It was stopped while nobody ran it. */
	stopRequested: boolean;
	startedAtMs: number;
	conversationId: string | null;
	session: NonNullable<Awaited<ReturnType<typeof readSession>>>;
	prompt: NonNullable<Awaited<ReturnType<typeof readPrompt>>>;
}

/** Takes the session over and picks its next prompt, in one transaction. Null: there is nothing to run. */
export function claimPrompt(
	deps: {
		db: Db;
		enqueue: Enqueue;
		instanceId: string;
		now: () => number;
		/** Whether people can connect GitHub accounts here. Left out: they cannot, so nothing waits for it. */
		canLink?: boolean;
		/** Left out: nothing has a cap. */
		checkBudget?: CheckBudget;
		newId: () => string;
	},
	sessionId: string,
): Promise<Claim | null> {
	return deps.db.transaction().execute(async (tx) => {
		const at = new Date(deps.now());
		const locked = await lockSession(tx, sessionId);
		const prompts = await readOpenPrompts(tx, sessionId);
		const isRestingTurn = await isResting(tx, locked, prompts);
		const open = prompts.map((row) => ({
			...row,
			stopRequested: row.stop_requested_at !== null,
			isHeld: row.held !== null,
			isPaused: row.held === "budget",
		}));
		let step: NextStep;
		// Accounts are taken back: who could sign when the prompt came may not be able to now.
		for (;;) {
			step = decideNextStep({
				status: locked.status,
				isMoving: locked.move !== null,
				isResting: isRestingTurn,
				prompts: open,
			});
			if (step.do !== "start") break;
			const { promptId } = step;
			const next = open.find(({ id }) => id === promptId);
			if (next === undefined) break;
			if (deps.canLink && (await mustLinkFirst(tx, next))) {
				next.isHeld = true;
				await hold(tx, promptId, next.authorId);
				continue;
			}
			const reached = (await deps.checkBudget?.(tx, { sessionId, promptId })) ?? null;
			if (reached === null) {
				await settleStops(tx, promptId, at);
				break;
			}
			next.isPaused = true;
			await holdPrompt(tx, promptId, "budget");
			await askFor(tx, deps, { sessionId, promptId, attempt: next.attempt, reached, at });
			await deps.enqueue(tx, showThreadJob, { version: 1, sessionId }, { key: sessionId });
		}
		if (step.do === "nothing") return null;
		const { promptId, attempt } = step;
		const isContinued = await isContinuation(tx, { promptId, attempt });
		const epoch = await takeOwnership(tx, { sessionId, instanceId: deps.instanceId, at });
		if (step.do === "start") {
			await leaveDoneBranch(tx, locked);
			const estimate = await estimateCost(tx, promptId);
			const repositoryId = locked.repository_id;
			await startPrompt(tx, { promptId, attempt, repositoryId, estimate, isContinued, at });
			// Whoever prompts may not be the only one to approve.
			await recheckSession(tx, deps.enqueue, sessionId);
			await appendEvents(tx, sessionId, [{ type: "prompt.started", data: { promptId, attempt } }], at);
		}
		const session = await readSession(tx, sessionId);
		const prompt = await readPrompt(tx, promptId);
		if (!session || !prompt) throw new Error(`session ${sessionId} went away under its lock`);
		return {
			sessionId,
			promptId,
			epoch,
			attempt,
			isResumed: step.do === "resume",
			isContinued,
			isAnew:
				attempt > 1 && open.some((row) => row.id === promptId && row.repositoryId !== locked.repository_id),
			stopRequested: step.do === "finish_stopped",
			startedAtMs: (prompt.started_at ?? at).getTime(),
			conversationId: session.conversation_id,
			session,
			prompt,
		};

		async function hold(tx: Tx, promptId: string, authorId: string | null): Promise<void> {
			await holdPrompt(tx, promptId, "link");
			await appendEvents(tx, sessionId, [{ type: "prompt.held", data: { promptId, why: "link" } }], at);
			const job = { version: 1 as const, sessionId };
			await deps.enqueue(tx, showThreadJob, job, { key: sessionId });
			if (authorId !== null)
				await deps.enqueue(tx, askToLinkJob, { ...job, personId: authorId }, { key: authorId });
		}
	});
}

/** A branch whose pull request was merged or closed is done with: what comes now goes on a new one. */
async function leaveDoneBranch(
	tx: Tx,
	session: { id: string; title: string; branch: string | null },
): Promise<void> {
	if (session.branch === null) return;
	const pullRequest = await findByBranch(tx, session.id, session.branch);
	if (pullRequest?.state !== "merged" && pullRequest?.state !== "closed") return;
	await setBranch(tx, session.id, await chooseBranch(tx, session, pullRequest.repository_id));
}
