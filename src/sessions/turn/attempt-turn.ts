import type { AgentEvent } from "../../contract/event.ts";
import type { Enqueue } from "../../jobs/queue.ts";
import { lostOwnership } from "../log/event-log.ts";
import type { AgentLink, ConnectAgent, TurnEnd } from "../ports.ts";
import { readPrompt } from "../queue/prompt-store.ts";
import { hasCheckout, toDirectory } from "../sandbox/ensure-checkout.ts";
import { type EnsureSandboxDeps, ensureSandbox, type ReadySandbox } from "../sandbox/ensure-sandbox.ts";
import { holdOwnership } from "../session-store.ts";
import { beside } from "./beside.ts";
import { type BringFilesDeps, bringFiles } from "./bring-files.ts";
import { isGateOpen, openGate } from "./change-gate.ts";
import { keepAwake } from "./keep-awake.ts";
import type { SessionControl } from "./session-control.ts";
import type { SyncReport } from "./sync-report.ts";
import { type SyncSessionDeps, syncSession } from "./sync-session.ts";
import { toProblem, toSandboxCode } from "./to-problem.ts";
import type { Turn } from "./turn.ts";
import { readTurnModel } from "./turn-model.ts";
import { readAuthor, toContext } from "./turn-prompt.ts";
import { createTurnQuestions, isQuestionEvent } from "./turn-questions.ts";
import { untilAborted } from "./until-aborted.ts";

const ABORT_TIMEOUT_MS = 2_000;

export interface AttemptTurnDeps
	extends EnsureSandboxDeps,
		Omit<SyncSessionDeps, "sandboxes">,
		Omit<BringFilesDeps, "sandboxes"> {
	enqueue: Enqueue;
	control: SessionControl;
	/** How long a run stays with an agent that waits for people. Left out: ten seconds. */
	restAfterMs?: number;
	connectAgent: ConnectAgent;
	/** Reads what was said around a prompt and keeps it with it. Left out: nobody can. */
	gatherContext?: (promptId: string) => Promise<void>;
	/** Those that people may choose. Left out: nobody chooses one. */
	models?: readonly string[];
}

/** How an attempt ended; `resting`: it has not, and waits for people. */
type AttemptEnd = TurnEnd | { outcome: "resting" };

/** What a turn needs: the agent, and the prompt's files inside. */
interface Ready {
	link: AgentLink;
	files: Awaited<ReturnType<typeof bringFiles>>;
	author: Awaited<ReturnType<typeof readAuthor>>;
	/** Null: to be opened once the checkout is there. */
	conversationId: string | null;
}

/**
 * Plays one attempt of a turn, from whatever is there to its end. Where there is a checkout to read, the agent gets the
 * prompt at once and GitHub is asked beside it: what changes anything waits for that at the gate.
 *
 * @throws AppError, SandboxError, or the reason of the turn's signals
 */
export function createAttemptTurn(deps: AttemptTurnDeps) {
	return async function attemptTurn(turn: Turn): Promise<AttemptEnd> {
		const { claim, startup, any } = turn;
		const { sessionId, session, epoch } = claim;
		let letRest = () => {};
		const choosing = readTurnModel(deps.db, claim, deps.models ?? []);
		choosing.catch(() => {});
		try {
			const sandbox = await startup.step("sandbox", any, () =>
				ensureSandbox(deps, { sessionId, repositoryId: session.repository_id, epoch }, any),
			);
			startup.cameFrom(sandbox.from);
			letRest = keepAwake(deps, sandbox.info.id);
			const canRead = hasCheckout(sandbox);
			const sent = Promise.withResolvers<void>();
			// Where the agent runs already, what it does first is not slowed down by a fetch beside it.
			const isAgentUp = sandbox.from === "running" || sandbox.from === "warm";
			const first = canRead && isAgentUp ? sent.promise : Promise.resolve();
			const syncing = first.then(() =>
				startup.step(canRead ? "sync" : "clone", any, () => sync(turn, sandbox)),
			);
			syncing.catch(() => {});
			const opening = syncing.then((report) => letChange(turn, sandbox, report));
			opening.catch(() => {});
			const preparing = startup.step("agent", any, () => prepareAgent(turn, sandbox, canRead, choosing));
			const ready = await beside(canRead ? unlessFails(preparing, syncing) : syncing, preparing, ({ link }) =>
				link.close(),
			);
			return await converse(turn, sandbox, ready, { opening, sent: sent.resolve });
		} catch (error) {
			// The sandbox went away under our hands: the next attempt makes a new one.
			if (toSandboxCode(error) !== "not_found") throw error;
			return { outcome: "interrupted", problem: toProblem(error) };
		} finally {
			letRest();
		}
	};

	/** Brings the checkout up to date. Null: the agent may change it already. */
	async function sync({ claim, attempt }: Turn, sandbox: ReadySandbox): Promise<SyncReport | null> {
		// An agent that an earlier owner left at work must not have its files moved.
		const isOpen = claim.isResumed && (await isGateOpen(deps, sandbox, { ...claim, attempt }));
		return isOpen ? null : syncSession(deps, sandbox, claim);
	}

	/** Lets the agent change the checkout, if its author may. */
	async function letChange(turn: Turn, sandbox: ReadySandbox, report: SyncReport | null): Promise<void> {
		if (report === null) return;
		const { claim, attempt } = turn;
		const right = await untilAborted(turn.right, turn.any);
		// Once it was stopped, nothing that it holds back may go on.
		turn.any.throwIfAborted();
		await openGate(deps, sandbox, { ...claim, attempt }, { ...report, readOnly: right === "read" });
	}

	async function prepareAgent(
		turn: Turn,
		sandbox: ReadySandbox,
		canRead: boolean,
		choosing: Promise<string | null>,
	): Promise<Ready> {
		const model = await untilAborted(choosing, turn.any);
		const target = {
			sandbox: sandbox.info,
			directory: toDirectory(sandbox),
			gatewayToken: sandbox.gatewayToken,
			...(model === null ? {} : { model }),
		};
		const bringing = Promise.all([
			learnContext(deps, turn.claim).then(() => bringFiles(deps, turn.claim, sandbox)),
			readAuthor(deps.db, turn.claim),
		]);
		bringing.catch(() => {});
		const link = await deps.connectAgent(target, turn.any);
		try {
			const conversationId = canRead ? await openConversation(turn, link) : null;
			const [files, author] = await untilAborted(bringing, turn.any);
			return { link, files, author, conversationId };
		} catch (error) {
			await link.close();
			throw error;
		}
	}

	async function openConversation(turn: Turn, link: AgentLink): Promise<string> {
		const { claim } = turn;
		const { conversationId } = await link.openConversation({
			conversationId: claim.conversationId,
			title: claim.session.title,
		});
		if (claim.conversationId === conversationId) return conversationId;
		if (!(await holdOwnership(deps.db, { ...claim, set: { conversationId } }))) throw lostOwnership();
		claim.conversationId = conversationId;
		return conversationId;
	}

	async function converse(
		turn: Turn,
		sandbox: ReadySandbox,
		{ link, files, author, ...ready }: Ready,
		{ opening, sent }: { opening: Promise<void>; sent: () => void },
	): Promise<AttemptEnd> {
		const { claim, attempt, startup } = turn;
		const { promptId } = claim;
		const isFirst = !claim.isResumed || attempt !== claim.attempt;
		try {
			const conversationId = await startup.step("prompt", turn.any, async () => {
				const conversationId = ready.conversationId ?? (await openConversation(turn, link));
				const right = await untilAborted(turn.right, turn.any);
				const prompt = {
					promptId,
					text: claim.prompt.text,
					author,
					context: toContext(claim, sandbox.missed, right),
					files,
					isContinued: claim.isContinued && attempt === claim.attempt,
					isAnew: claim.isAnew && attempt === claim.attempt,
				};
				await link.send({ conversationId, prompt, attempt, isFirst });
				return conversationId;
			});
			sent();
			// The first request and the end of the sync come later: the end of the turn adds them.
			void startup.keep();
			const questions = createTurnQuestions(deps, turn, { link, conversationId });
			const onEvent = (event: AgentEvent) => {
				if (event.type === "usage") turn.costUsd += event.data.costUsd;
				if (isQuestionEvent(event)) questions.take(event);
				else {
					questions.hear();
					turn.writer.append(event);
				}
			};
			const letGo = new AbortController();
			const signal = AbortSignal.any([turn.leave, letGo.signal]);
			const following = link.follow({ conversationId, promptId, attempt, signal, onEvent });
			following.catch(() => {});
			const resting = questions.resting.then(() => ({ outcome: "resting" as const }));
			let syncFailed = false;
			opening.catch(() => {
				syncFailed = true;
			});
			try {
				return await untilAborted(
					Promise.race([unlessFails(following, opening), questions.failed, resting]),
					turn.any,
				);
			} catch (error) {
				if (turn.leave.aborted || !(turn.stop.aborted || syncFailed)) throw error;
				await untilAborted(link.abort(conversationId), AbortSignal.timeout(ABORT_TIMEOUT_MS));
				// What the agent still says belongs to the log, if it says it soon.
				const ended = untilAborted(following, AbortSignal.timeout(ABORT_TIMEOUT_MS));
				if (turn.stop.aborted) return (await ended).outcome === "done" ? await ended : { outcome: "stopped" };
				await ended.catch(() => {});
				throw error;
			} finally {
				questions.close();
				letGo.abort();
			}
		} finally {
			await link.close();
		}
	}
}

/** The promise's value, unless the other fails before it is there. */
function unlessFails<Value>(promise: Promise<Value>, other: Promise<unknown>): Promise<Value> {
	return Promise.race([promise, other.then(() => promise)]);
}

/** What was said around the prompt, where that was still to be read when it was claimed. */
async function learnContext(
	{ db, gatherContext }: Pick<AttemptTurnDeps, "db" | "gatherContext">,
	{ prompt }: Turn["claim"],
): Promise<void> {
	if (!prompt.context_pending || gatherContext === undefined) return;
	await gatherContext(prompt.id);
	const { context, files } = (await readPrompt(db, prompt.id)) ?? prompt;
	Object.assign(prompt, { context, files });
}
