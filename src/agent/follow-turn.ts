import { setTimeout as delay } from "node:timers/promises";
import type { Event, OpencodeClient, QuestionRequest } from "@opencode-ai/sdk/v2";
import type { AgentEvent } from "../contract/event.ts";
import { AppError } from "../errors.ts";
import type { Log } from "../log.ts";
import type { TurnEnd } from "../sessions/ports.ts";
import { toQuestions } from "./agent-questions.ts";
import { decideTurnEnd, INTERRUPTED } from "./decide-turn-end.ts";
import { type Conversation, readConversation } from "./read-conversation.ts";
import type { AgentFailure } from "./to-problem.ts";
import { createTurnTranslator, type TurnTranslator } from "./translate.ts";

/** After an abort or an error OpenCode says idle, then changes its messages, then says idle again 50 to 130 ms later. */
const SETTLE_MS = 300;
/** An answer without an end may still get one, or its error, where the machine is busy. */
const QUIET_LOOKS_OF_INTERRUPTED = 5;
/** A heartbeat comes every 10 s. */
const SILENCE_MS = 30_000;
/** A prompt that was taken but never started. */
const BEGIN_MS = 10_000;
const RECONNECT_MS = 200;

export interface FollowInput {
	conversationId: string;
	promptId: string;
	/** The end of the id under which the prompt was sent. */
	suffix: string;
	signal: AbortSignal;
	/** Somebody stopped the turn: no answer is waited for. */
	isAborted: () => boolean;
	onEvent: (event: AgentEvent) => void;
}

/**
 * Follows one turn to its settled end. OpenCode's event stream has no replay, so each time it is opened, what is kept
 * is read back after it; the translator drops what was told before.
 *
 * @throws the signal's reason; AppError `agent_unreachable` where the server lives but cannot be read
 */
export async function followTurn(
	deps: {
		client: OpencodeClient;
		directory: string;
		isServerAlive: () => Promise<boolean>;
		log: Log;
		now: () => number;
	},
	input: FollowInput,
): Promise<TurnEnd> {
	const { client, log, now } = deps;
	const { conversationId, promptId, signal, onEvent } = input;
	let messageId: string | null = null;
	let translator: TurnTranslator | null = null;
	let failure: AgentFailure | null = null;
	let begunByMs = now() + BEGIN_MS;
	/** What the agent has asked: its questions by request. */
	const known = new Map<string, string[]>();

	/** Tells the translator all that is kept of the turn; null where the prompt is not there. */
	async function readBack(): Promise<Conversation | null> {
		const conversation = await readConversation(client, conversationId);
		messageId ??= conversation.messages.find(({ info }) => info.id.endsWith(input.suffix))?.info.id ?? null;
		if (messageId === null) return null;
		translator ??= createTurnTranslator({ promptId, messageId, directory: deps.directory, now, onEvent });
		for (const { info, parts } of conversation.messages) {
			translator.message(info);
			for (const part of parts) translator.part(part, { replayed: true });
		}
		for (const asked of conversation.questions) ask(asked);
		return conversation;
	}

	function ask(request: QuestionRequest): void {
		if (known.has(request.id)) return;
		const questions = toQuestions(request);
		known.set(
			request.id,
			questions.map(({ questionId }) => questionId),
		);
		for (const question of questions) onEvent({ type: "question.asked", data: { promptId, ...question } });
	}

	/** Passes an event on to the translator; says what it means for the turn. */
	function hear(event: Event): "idle" | "busy" | "other" {
		// The SDK's types leave heartbeats out.
		if ((event.type as string) === "server.heartbeat") translator?.tick();
		if (!("sessionID" in event.properties) || event.properties.sessionID !== conversationId) return "other";
		switch (event.type) {
			case "message.updated":
				translator?.message(event.properties.info);
				return "other";
			case "message.part.updated":
				translator?.part(event.properties.part);
				return "other";
			case "message.part.delta":
				translator?.delta({ partId: event.properties.partID, text: event.properties.delta });
				return "other";
			case "question.asked":
				// Before its prompt is found it may be another turn's; what waits is read back then.
				if (messageId !== null) ask(event.properties);
				return "other";
			case "question.rejected":
				for (const questionId of known.get(event.properties.requestID) ?? [])
					onEvent({ type: "question.dropped", data: { promptId, questionId } });
				return "other";
			case "session.error":
				failure = event.properties.error ?? failure;
				return "other";
			case "session.status":
				if (event.properties.status.type === "idle") {
					begunByMs = Math.min(begunByMs, now() + BEGIN_MS);
					return "idle";
				}
				begunByMs = Number.POSITIVE_INFINITY;
				if (event.properties.status.type === "retry") {
					const { attempt } = event.properties.status;
					onEvent({
						type: "agent.retrying",
						data: { promptId, attempt, message: "The model did not answer; trying again." },
					});
				}
				return "busy";
			case "session.idle":
				return "idle";
			default:
				return "other";
		}
	}

	/** Whether the turn has ended, read from what is kept. `quietLooks`: how often in a row nothing was heard before. */
	async function look(quietLooks: number): Promise<{ end: TurnEnd } | { busy: boolean }> {
		const conversation = await readBack();
		// OpenCode says that it took a prompt before it keeps it.
		if (conversation === null || messageId === null) {
			return now() < begunByMs ? { busy: false } : { end: INTERRUPTED };
		}
		if (conversation.busy) return { busy: true };
		const end = decideTurnEnd(conversation, messageId, failure);
		if (end === "not_begun") return now() < begunByMs ? { busy: false } : { end: INTERRUPTED };
		// A turn that ended well needs no settling.
		const isDoubtful = end.outcome === "interrupted" && !input.isAborted();
		const needed = end.outcome === "done" ? 0 : isDoubtful ? QUIET_LOOKS_OF_INTERRUPTED : 1;
		return quietLooks >= needed ? { end } : { busy: false };
	}

	/** One life of the event stream. null: it was cut, or fell silent. */
	async function listen(events: AsyncIterator<Event>): Promise<TurnEnd | null> {
		if ((await within(events.next(), SILENCE_MS)) === null) return null;
		let next = events.next();
		let quietLooks = 0;
		let seen = await look(quietLooks);
		while (!("end" in seen)) {
			const heard = await within(next, seen.busy ? SILENCE_MS : SETTLE_MS);
			if (heard === null) {
				if (seen.busy) return null;
				seen = await look(++quietLooks);
				continue;
			}
			if (heard.done) return null;
			next = events.next();
			const said = hear(heard.value);
			if (said === "busy") seen = { busy: true };
			if (said !== "other") quietLooks = 0;
			if (said === "idle" || messageId === null) seen = await look(quietLooks);
		}
		return seen.end;
	}

	for (;;) {
		signal.throwIfAborted();
		const connection = new AbortController();
		const events = await client.event.subscribe(
			{},
			{ signal: AbortSignal.any([signal, connection.signal]), sseMaxRetryAttempts: 1 },
		);
		try {
			const end = await listen(events.stream as AsyncIterator<Event>);
			signal.throwIfAborted();
			if (end !== null) return end;
		} catch (error) {
			signal.throwIfAborted();
			// A server that dies while it is read is an interrupted turn like any other.
			if (!(error instanceof AppError) || (await deps.isServerAlive())) throw error;
			return INTERRUPTED;
		} finally {
			connection.abort();
		}
		if (!(await deps.isServerAlive())) return INTERRUPTED;
		log.debug({ conversationId }, "the agent's event stream was cut; reading back");
		await delay(RECONNECT_MS, undefined, { signal });
	}
}

/** null: nothing came in time; the promise may be waited for again. */
async function within<T>(promise: Promise<T>, timeoutMs: number): Promise<T | null> {
	const timer = new AbortController();
	const late = delay(timeoutMs, null, { signal: timer.signal });
	try {
		return await Promise.race([promise, late]);
	} finally {
		timer.abort();
		late.catch(() => {});
	}
}
