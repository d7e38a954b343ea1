import type { CheckBudget } from "../../budget/check-budget.ts";
import { findRefusal } from "../../budget/stop-store.ts";
import { AppError } from "../../errors.ts";
import type { Enqueue } from "../../jobs/queue.ts";
import type { Access } from "../../people/access.ts";
import { type EventLog, lostOwnership } from "../log/event-log.ts";
import { dropPieces } from "../log/event-store.ts";
import type { Progress } from "../ports.ts";
import { closeQuestions } from "../questions/question-store.ts";
import { type Claim, claimPrompt } from "../queue/claim-prompt.ts";
import { pauseTurn } from "../queue/pause-prompt.ts";
import { isStopRequested, setAttempt } from "../queue/prompt-store.ts";
import { restTurn } from "../queue/rest-turn.ts";
import { findOfSession } from "../sandbox/sandbox-store.ts";
import { holdOwnership } from "../session-store.ts";
import { type AttemptTurnDeps, createAttemptTurn } from "./attempt-turn.ts";
import { finishTurn, type PromptEnd } from "./finish-turn.ts";
import type { SessionControl } from "./session-control.ts";
import { createStartupClock, type MeasuredStart } from "./startup-clock.ts";
import { keepStartup } from "./startup-store.ts";
import { toProblem } from "./to-problem.ts";
import type { Turn } from "./turn.ts";
import { createTurnDoor } from "./turn-right.ts";
import { untilAborted } from "./until-aborted.ts";

/** A turn whose agent goes away more often than this is given up. */
const MAX_INTERRUPTIONS = 3;
const SETTLE_TIMEOUT_MS = 5_000;

export interface RunPromptDeps extends AttemptTurnDeps {
	instanceId: string;
	eventLog: EventLog;
	control: SessionControl;
	enqueue: Enqueue;
	/** Left out: nothing has a cap. */
	checkBudget?: CheckBudget;
	/** Whether people can connect GitHub accounts here. Left out: they cannot, so nothing waits for it. */
	canLink?: boolean;
	access: Pick<Access, "permissionOf">;
	progress: Progress;
	/** Brings the session's pull requests up to date after a turn. */
	settlePullRequests: (sessionId: string) => Promise<void>;
}

/** Thrown inside a run when a person wants it to stop. */
class StopRequested extends Error {}

/**
 * Runs the next open prompt of a session to its end: claim, sandbox, checkout and agent, send, follow, finish. Every step
 * finds what an earlier owner has done, so a run that died is carried on by whoever runs this next. A turn that fails
 * is recorded as the prompt's end; it throws only when the work must be done again.
 */
export function createRunPrompt(deps: RunPromptDeps) {
	const attemptTurn = createAttemptTurn(deps);
	const decideTurnRight = createTurnDoor(deps);

	return async function runPrompt(input: { sessionId: string; signal: AbortSignal }): Promise<void> {
		const { sessionId } = input;
		let claim: Claim | null = null;
		const stop = new AbortController();
		const lost = new AbortController();
		const lookForStop = async () => {
			if (claim && (await isStopRequested(deps.db, claim.promptId))) stop.abort(new StopRequested());
		};
		let called = false;
		const unwatch = deps.control.watch(sessionId, () => {
			called = true;
			lookForStop().catch((err) => deps.log.error({ err, session: sessionId }, "a stop could not be read"));
		});
		try {
			claim = await claimPrompt(deps, sessionId);
			if (claim === null) return;
			if (claim.stopRequested) stop.abort(new StopRequested());
			// A stop of the moment in which the claim was made rang before anybody knew whom it meant.
			if (called) await lookForStop();
			const writer = deps.eventLog.openWriter({
				sessionId,
				epoch: claim.epoch,
				onLost: () => lost.abort(lostOwnership()),
			});
			const leave = AbortSignal.any([input.signal, lost.signal]);
			const own = claim;
			const startup = createStartupClock({
				writer,
				promptId: own.promptId,
				store: (measured) => storeStart(own, measured),
				now: deps.now,
			});
			const refused = new AbortController();
			const right = decideTurnRight(claim);
			right.catch((reason) => refused.abort(reason));
			await run({
				claim,
				attempt: claim.attempt,
				writer,
				startup,
				right,
				stop: stop.signal,
				leave,
				any: AbortSignal.any([leave, stop.signal, refused.signal]),
				costUsd: 0,
			});
		} catch (error) {
			if (!(error instanceof AppError && error.code === "lost_ownership")) throw error;
			deps.log.info({ session: sessionId }, "another instance runs this session now");
		} finally {
			unwatch();
		}
	};

	async function run(turn: Turn): Promise<void> {
		const { claim, writer } = turn;
		const { sessionId, promptId } = claim;
		const progress = deps.progress.follow(sessionId, promptId);
		let end: PromptEnd | null;
		let isPaused = false;
		try {
			end = await takeTurn(turn);
			isPaused = end !== null && (await wasRefused(turn, end));
			await writer.flush();
			await Promise.all([settle(sessionId), turn.startup.keep()]);
		} finally {
			writer.close();
			// Before the end is written: a late edit of the progress must not cover it.
			await progress.stop();
		}
		if (end === null) return restTurn(deps, claim);
		const { checkBudget } = deps;
		if (isPaused && checkBudget) {
			const pause = await pauseTurn({ ...deps, checkBudget }, claim, turn.attempt);
			if (pause.outcome === "paused") return;
			end = { status: "stopped", answer: null, problem: null };
		}
		await finishTurn(deps, claim, end, turn.costUsd);
		await dropPieces(deps.db, { sessionId, promptId }).catch((err) =>
			deps.log.warn({ err, session: sessionId }, "the pieces of a finished turn stay in the log"),
		);
	}

	/** Whether a turn ended because the gateway let no more calls of it through; providers refuse with the same status. */
	async function wasRefused({ claim: { promptId }, attempt }: Turn, end: PromptEnd): Promise<boolean> {
		if (end.problem?.code !== "model_unpaid" || !deps.checkBudget) return false;
		return (await findRefusal(deps.db, { promptId, attempt })) !== null;
	}

	/**
	 * The turn with all its failures turned into an end; null: it waits for people. Throws only when the run must leave.
	 */
	async function takeTurn(turn: Turn): Promise<PromptEnd | null> {
		const { sessionId } = turn.claim;
		try {
			for (let interruptions = 0; ; ) {
				const end = await attemptTurn(turn);
				if (end.outcome === "resting") return null;
				if (end.outcome === "done") return { status: "done", answer: end.answer, problem: null };
				if (end.outcome === "failed") return { status: "failed", answer: null, problem: end.problem };
				if (end.outcome === "stopped") return { status: "stopped", answer: null, problem: null };
				interruptions++;
				if (interruptions === MAX_INTERRUPTIONS)
					return { status: "failed", answer: null, problem: end.problem };
				deps.log.warn({ session: sessionId, problem: end.problem }, "a turn was interrupted");
				await nextAttempt(turn);
			}
		} catch (error) {
			turn.leave.throwIfAborted();
			if (error instanceof AppError && error.code === "lost_ownership") throw error;
			if (turn.stop.aborted) {
				await killAll(sessionId);
				return { status: "stopped", answer: null, problem: null };
			}
			// What else ends all of it: its author may not.
			if (turn.any.aborted) {
				await killAll(sessionId);
				return { status: "failed", answer: null, problem: toProblem(turn.any.reason) };
			}
			deps.log.error({ err: error, session: sessionId }, "a turn failed");
			return { status: "failed", answer: null, problem: toProblem(error) };
		}
	}

	/** The agent is told that it was interrupted, and goes on. */
	async function nextAttempt(turn: Turn): Promise<void> {
		const { sessionId, promptId, epoch } = turn.claim;
		turn.attempt++;
		await deps.db.transaction().execute(async (tx) => {
			if (!(await holdOwnership(tx, { sessionId, epoch }))) throw lostOwnership();
			await setAttempt(tx, promptId, turn.attempt);
			// Whoever asked is gone; it asks anew if it still wants to know.
			await closeQuestions(tx, { promptId, at: new Date(deps.now()) });
		});
	}

	/** A stop outside the agent's turn: whatever runs inside ends, the files stay. */
	async function killAll(sessionId: string): Promise<void> {
		try {
			const row = await findOfSession(deps.db, sessionId);
			const info = row ? await deps.sandboxes.get(row.name) : null;
			if (info?.state === "started") await deps.sandboxes.killStrays(info.id, []);
		} catch (err) {
			deps.log.warn({ err, session: sessionId }, "a stopped sandbox may still have processes");
		}
	}

	async function settle(sessionId: string): Promise<void> {
		try {
			await untilAborted(deps.settlePullRequests(sessionId), AbortSignal.timeout(SETTLE_TIMEOUT_MS));
		} catch (err) {
			deps.log.warn({ err, session: sessionId }, "pull requests could not be brought up to date");
		}
	}

	/** A run that goes on with a turn has not seen its start. */
	async function storeStart(claim: Claim, measured: MeasuredStart): Promise<void> {
		if (claim.isResumed || claim.isContinued) return;
		await keepStartup(deps.db, claim, measured).catch((err) =>
			deps.log.warn({ err, session: claim.sessionId }, "a turn's start could not be kept"),
		);
	}
}
