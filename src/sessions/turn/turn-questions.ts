import type { AgentEvent } from "../../contract/event.ts";
import type { Db } from "../../db/client.ts";
import { type Enqueue, showThreadJob } from "../../jobs/queue.ts";
import type { Log } from "../../log.ts";
import { lostOwnership } from "../log/event-log.ts";
import { appendEvents } from "../log/event-store.ts";
import type { AgentLink } from "../ports.ts";
import {
	closeQuestions,
	insertQuestion,
	markDelivered,
	readAnswers,
	readOpenQuestions,
	saveAnswer,
} from "../questions/question-store.ts";
import { holdOwnership, readThreads } from "../session-store.ts";
import type { SessionControl } from "./session-control.ts";
import type { Turn } from "./turn.ts";

/** An answer whose call failed is given again. */
const AGAIN_MS = 5_000;
/** Who waits so long for people, and hears nothing of the agent meanwhile, need not be there when they answer. */
const REST_AFTER_MS = 10_000;
const NOBODY_WORDS = "Nobody can answer here. Choose the sensible reading, and say so at the end.";

type QuestionEvent = Extract<AgentEvent, { type: "question.asked" | "question.dropped" }>;

export const isQuestionEvent = (event: AgentEvent): event is QuestionEvent =>
	event.type === "question.asked" || event.type === "question.dropped";

export interface TurnQuestions {
	/** Takes what the agent says of its questions, in order. */
	take(event: QuestionEvent): void;
	/** To be called with each other event: the agent is at work. */
	hear(): void;
	/** Resolves when there is nothing to do until people answer; what it has taken is kept then. */
	resting: Promise<void>;
	/** Fails when one could not be kept; never resolves. */
	failed: Promise<never>;
	close(): void;
}

/** Keeps what the agent asks in one attempt of a turn, and brings it what people answer, whenever they do. */
export function createTurnQuestions(
	deps: {
		db: Db;
		enqueue: Enqueue;
		control: SessionControl;
		now: () => number;
		newId: () => string;
		log: Log;
		/** Left out: ten seconds. */
		restAfterMs?: number;
	},
	turn: Turn,
	{ link, conversationId }: { link: Pick<AgentLink, "answer">; conversationId: string },
): TurnQuestions {
	const { sessionId, promptId, epoch } = turn.claim;
	const failed = Promise.withResolvers<never>();
	failed.promise.catch(() => {});
	const resting = Promise.withResolvers<void>();
	let tail = Promise.resolve();
	let hasAsked = false;
	let isClosed = false;
	let again: NodeJS.Timeout | null = null;
	let quiet: NodeJS.Timeout | null = null;

	async function keep(event: QuestionEvent): Promise<void> {
		// It stands in the log after all that led to it.
		await turn.writer.flush();
		const isNews = await deps.db.transaction().execute(async (tx) => {
			if (!(await holdOwnership(tx, { sessionId, epoch }))) throw lostOwnership();
			const at = new Date(deps.now());
			if (event.type === "question.dropped") {
				const { questionId } = event.data;
				if (!(await closeQuestions(tx, { promptId, questionId, at }))) return false;
			} else {
				const id = deps.newId();
				if (!(await insertQuestion(tx, { id, sessionId, question: event.data, at }))) return false;
				const threads = await readThreads(tx, sessionId);
				if (threads.length === 0)
					await saveAnswer(tx, { id, chosen: [NOBODY_WORDS], personId: null, idempotencyKey: null, at });
			}
			await appendEvents(tx, sessionId, [event], at);
			await deps.enqueue(tx, showThreadJob, { version: 1, sessionId }, { key: sessionId });
			return true;
		});
		deps.log.debug({ session: sessionId, type: event.type, isNews }, "the agent asks people");
	}

	/** The agent says itself which of its questions still wait, so nothing is answered twice. */
	async function deliver(): Promise<void> {
		if (isClosed || !hasAsked) return;
		const answers = await readAnswers(deps.db, promptId);
		if (answers.every(({ isDelivered }) => isDelivered)) return;
		const { taken } = await link.answer({ conversationId, answers });
		await markDelivered(deps.db, { promptId, questionIds: taken, at: new Date(deps.now()) });
	}

	function lookAgain(): void {
		if (isClosed || again !== null) return;
		again = setTimeout(() => {
			again = null;
			inOrder(deliverSoon);
		}, AGAIN_MS).unref();
	}

	async function deliverSoon(): Promise<void> {
		await deliver().catch((err) => {
			deps.log.warn({ err, session: sessionId }, "an answer did not reach the agent; trying again");
			lookAgain();
		});
	}

	async function restIfNeedless(): Promise<void> {
		if (isClosed) return;
		if (again !== null) return awaitQuiet();
		if ((await readOpenQuestions(deps.db, sessionId)).length === 0) return;
		close();
		resting.resolve();
	}

	function awaitQuiet(): void {
		quiet ??= setTimeout(() => inOrder(restIfNeedless), deps.restAfterMs ?? REST_AFTER_MS).unref();
		quiet.refresh();
	}

	function close(): void {
		isClosed = true;
		unwatch();
		if (again !== null) clearTimeout(again);
		if (quiet !== null) clearTimeout(quiet);
	}

	function inOrder(work: () => Promise<void>): void {
		tail = tail.then(work).catch(failed.reject);
	}

	const unwatch = deps.control.watch(sessionId, () => inOrder(deliverSoon));
	return {
		take(event) {
			if (isClosed) return;
			hasAsked = true;
			inOrder(() => keep(event));
			inOrder(deliverSoon);
			awaitQuiet();
		},
		hear() {
			if (hasAsked && !isClosed) awaitQuiet();
		},
		failed: failed.promise,
		resting: resting.promise,
		close,
	};
}
