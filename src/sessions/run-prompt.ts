import type { AgentEvent, StartupStep } from "../contract/event.ts";
import type { Db } from "../db/client.ts";
import { AppError } from "../errors.ts";
import type { Enqueue } from "../jobs/queue.ts";
import type { Log } from "../log.ts";
import { beside } from "./beside.ts";
import { type Claim, claimPrompt } from "./claim-prompt.ts";
import { ensureCheckout, toDirectory } from "./ensure-checkout.ts";
import { ensureSandbox, type ReadySandbox } from "./ensure-sandbox.ts";
import { type EventLog, type LogWriter, lostOwnership } from "./event-log.ts";
import { dropPieces } from "./event-store.ts";
import { finishTurn, type PromptEnd } from "./finish-turn.ts";
import type { ConnectAgent, FetchFile, Progress, Sandboxes } from "./ports.ts";
import { isStopRequested, setAttempt } from "./prompt-store.ts";
import { findOfSession } from "./sandbox-store.ts";
import type { SessionControl } from "./session-control.ts";
import { holdOwnership } from "./session-store.ts";
import { toProblem, toSandboxCode } from "./to-problem.ts";
import { bringFiles, toAuthor, toContext } from "./turn-prompt.ts";
import { untilAborted } from "./until-aborted.ts";

/** A turn whose agent goes away more often than this is given up. */
const MAX_INTERRUPTIONS = 3;
const ABORT_TIMEOUT_MS = 2_000;
const SETTLE_TIMEOUT_MS = 5_000;

export interface RunPromptDeps {
	db: Db;
	instanceId: string;
	eventLog: EventLog;
	control: SessionControl;
	enqueue: Enqueue;
	sandboxes: Sandboxes;
	connectAgent: ConnectAgent;
	progress: Progress;
	fetchFile: FetchFile;
	/** Brings the session's pull requests up to date after a turn. */
	settlePullRequests: (sessionId: string) => Promise<void>;
	log: Log;
	now: () => number;
	newId: () => string;
	newToken: () => string;
}

/** Thrown inside a run when a person wants it to stop. */
class StopRequested extends Error {}

interface Run {
	claim: Claim;
	attempt: number;
	writer: LogWriter;
	/** Aborts with StopRequested. */
	stop: AbortSignal;
	/** Aborts when the run must leave without a word: another instance owns the session, or this one goes. */
	leave: AbortSignal;
	/** Either of the two. */
	any: AbortSignal;
	costUsd: number;
}

type AgentLink = Awaited<ReturnType<ConnectAgent>>;

/** What a turn needs: the agent, and the prompt's files inside. */
interface Ready {
	link: AgentLink;
	files: Awaited<ReturnType<typeof bringFiles>>;
	/** Null: to be opened once the checkout is there. */
	conversationId: string | null;
}

/**
 * Runs the next open prompt of a session to its end: claim, sandbox, checkout and agent, send, follow, finish. Every step
 * finds what an earlier owner has done, so a run that died is carried on by whoever runs this next. A turn that fails
 * is recorded as the prompt's end; it throws only when the work must be done again.
 */
export function createRunPrompt(deps: RunPromptDeps) {
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
			await run({
				claim,
				attempt: claim.attempt,
				writer,
				stop: stop.signal,
				leave,
				any: AbortSignal.any([leave, stop.signal]),
				costUsd: 0,
			});
		} catch (error) {
			if (!(error instanceof AppError && error.code === "lost_ownership")) throw error;
			deps.log.info({ session: sessionId }, "another instance runs this session now");
		} finally {
			unwatch();
		}
	};

	async function run(run: Run): Promise<void> {
		const { claim, writer } = run;
		const { sessionId, promptId } = claim;
		const progress = deps.progress.follow(sessionId, promptId);
		let end: PromptEnd;
		try {
			end = await takeTurn(run);
			await writer.flush();
			await settle(sessionId);
		} finally {
			writer.close();
			// Before the end is written: a late edit of the progress must not cover it.
			await progress.stop();
		}
		await finishTurn(deps, claim, end, run.costUsd);
		await dropPieces(deps.db, { sessionId, promptId }).catch((err) =>
			deps.log.warn({ err, session: sessionId }, "the pieces of a finished turn stay in the log"),
		);
	}

	/** The turn with all its failures turned into an end. Throws only when the run must leave. */
	async function takeTurn(run: Run): Promise<PromptEnd> {
		try {
			for (let interruptions = 0; ; ) {
				const end = await attemptTurn(run);
				if (end.outcome === "done") return { status: "done", answer: end.answer, problem: null };
				if (end.outcome === "failed") return { status: "failed", answer: null, problem: end.problem };
				if (end.outcome === "stopped") return { status: "stopped", answer: null, problem: null };
				interruptions++;
				if (interruptions === MAX_INTERRUPTIONS)
					return { status: "failed", answer: null, problem: end.problem };
				deps.log.warn({ session: run.claim.sessionId, problem: end.problem }, "a turn was interrupted");
				await nextAttempt(run);
			}
		} catch (error) {
			run.leave.throwIfAborted();
			if (error instanceof AppError && error.code === "lost_ownership") throw error;
			if (run.stop.aborted) {
				await killAll(run.claim.sessionId);
				return { status: "stopped", answer: null, problem: null };
			}
			deps.log.error({ err: error, session: run.claim.sessionId }, "a turn failed");
			return { status: "failed", answer: null, problem: toProblem(error) };
		}
	}

	/** From whatever is there to the turn's end. */
	async function attemptTurn(run: Run) {
		const { claim } = run;
		const { sessionId, session } = claim;
		try {
			const repository =
				session.owner === null || session.name === null ? null : { owner: session.owner, name: session.name };
			const sandbox = await step(run, "sandbox", () =>
				ensureSandbox(deps, { sessionId, repositoryId: session.repository_id, epoch: claim.epoch }, run.any),
			);
			const checkout = { repository, base: session.base_branch ?? "", branch: session.branch ?? "" };
			const ready = await beside(
				step(run, "clone", () => ensureCheckout(deps, sandbox, checkout)),
				step(run, "agent", () => prepareAgent(run, sandbox)),
				({ link }) => link.close(),
			);
			return await converse(run, ready);
		} catch (error) {
			// The sandbox went away under our hands: the next attempt makes a new one.
			if (toSandboxCode(error) !== "not_found") throw error;
			return { outcome: "interrupted" as const, problem: toProblem(error) };
		}
	}

	async function prepareAgent(run: Run, sandbox: ReadySandbox): Promise<Ready> {
		const target = {
			sandbox: sandbox.info,
			directory: toDirectory(sandbox),
			gatewayToken: sandbox.gatewayToken,
		};
		const bringing = bringFiles(deps, run.claim, sandbox);
		bringing.catch(() => {});
		const link = await deps.connectAgent(target, run.any);
		try {
			const isCheckedOut = sandbox.row.cloned_at !== null;
			const conversationId = isCheckedOut ? await openConversation(run, link) : null;
			return { link, files: await untilAborted(bringing, run.any), conversationId };
		} catch (error) {
			await link.close();
			throw error;
		}
	}

	async function openConversation(run: Run, link: AgentLink): Promise<string> {
		const { claim } = run;
		const { conversationId } = await link.openConversation({
			conversationId: claim.conversationId,
			title: claim.session.title,
		});
		await keepConversation(run, conversationId);
		return conversationId;
	}

	async function converse(run: Run, { link, files, ...ready }: Ready) {
		const { claim } = run;
		const { promptId } = claim;
		try {
			const conversationId = await step(run, "prompt", async () => {
				const conversationId = ready.conversationId ?? (await openConversation(run, link));
				const prompt = {
					promptId,
					text: claim.prompt.text,
					author: toAuthor(claim),
					context: toContext(claim),
					files,
				};
				await link.send({ conversationId, prompt, attempt: run.attempt });
				return conversationId;
			});
			const following = link.follow({
				conversationId,
				promptId,
				attempt: run.attempt,
				signal: run.leave,
				onEvent: (event) => onAgentEvent(run, event),
			});
			following.catch(() => {});
			try {
				return await untilAborted(following, run.any);
			} catch (error) {
				if (run.leave.aborted || !run.stop.aborted) throw error;
				await untilAborted(link.abort(conversationId), AbortSignal.timeout(ABORT_TIMEOUT_MS));
				// What the agent still says belongs to the log, if it says it soon.
				const end = await untilAborted(following, AbortSignal.timeout(ABORT_TIMEOUT_MS));
				return end.outcome === "done" ? end : { outcome: "stopped" as const };
			}
		} finally {
			await link.close();
		}
	}

	async function step<Value>(run: Run, name: StartupStep, act: () => Promise<Value>): Promise<Value> {
		const { promptId } = run.claim;
		const startedAtMs = deps.now();
		const say = (state: "started" | "done", durationMs: number | null) =>
			run.writer.append({ type: "startup.step", data: { promptId, step: name, state, durationMs } });
		run.any.throwIfAborted();
		say("started", null);
		const value = await untilAborted(act(), run.any);
		say("done", deps.now() - startedAtMs);
		return value;
	}

	function onAgentEvent(run: Run, event: AgentEvent): void {
		if (event.type === "usage") run.costUsd += event.data.costUsd;
		run.writer.append(event);
	}

	async function keepConversation(run: Run, conversationId: string): Promise<void> {
		const { claim } = run;
		if (claim.conversationId === conversationId) return;
		if (!(await holdOwnership(deps.db, { ...claim, set: { conversationId } }))) throw lostOwnership();
		claim.conversationId = conversationId;
	}

	/** The agent is told that it was interrupted, and goes on. */
	async function nextAttempt(run: Run): Promise<void> {
		const { sessionId, promptId, epoch } = run.claim;
		run.attempt++;
		await deps.db.transaction().execute(async (tx) => {
			if (!(await holdOwnership(tx, { sessionId, epoch }))) throw lostOwnership();
			await setAttempt(tx, promptId, run.attempt);
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
}
