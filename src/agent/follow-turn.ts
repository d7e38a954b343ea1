import { setTimeout as delay } from "node:timers/promises";
import type { Event, OpencodeClient } from "@opencode-ai/sdk/v2";
import type { AgentEvent } from "../contract/event.ts";
import type { Log } from "../log.ts";
import type { TurnEnd } from "./agent.ts";
import { decideTurnEnd } from "./decide-turn-end.ts";
import { type Conversation, readConversation } from "./read-conversation.ts";
import type { AgentFailure } from "./to-problem.ts";
import { createTurnTranslator, type TurnTranslator } from "./translate.ts";

/** After an abort or an error OpenCode says idle, then changes its messages, then says idle again 50 to 130 ms later. */
const SETTLE_MS = 300;
/** A heartbeat comes every 10 s. */
const SILENCE_MS = 30_000;
/** A prompt that was taken but never started. */
const BEGIN_MS = 10_000;
const RECONNECT_MS = 200;

const INTERRUPTED: TurnEnd = {
	outcome: "interrupted",
	problem: { code: "agent_interrupted", message: "The coding agent was interrupted.", retryable: true },
};

export interface FollowInput {
	conversationId: string;
	promptId: string;
	/** The end of the id under which the prompt was sent. */
	suffix: string;
	signal: AbortSignal;
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
		return conversation;
	}

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
			case "session.error":
				failure = event.properties.error ?? failure;
				return "other";
			case "session.status":
				if (event.properties.status.type === "idle") return "idle";
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

	/** One life of the event stream. null: it was cut, or fell silent. */
	async function listen(events: AsyncIterator<Event>): Promise<TurnEnd | null> {
		let next = events.next();
		if ((await within(next, SILENCE_MS)) === null) return null;
		next = events.next();
		let idle = true;
		// What was kept is read at once: a turn that ended well needs no settling.
		let waitMs = 0;
		for (;;) {
			const heard = await within(next, waitMs);
			if (heard !== null) {
				if (heard.done) return null;
				next = events.next();
				const said = hear(heard.value);
				if (said === "busy") begunByMs = Number.POSITIVE_INFINITY;
				if (said === "idle") begunByMs = Math.min(begunByMs, now() + BEGIN_MS);
				if (said !== "other") idle = said === "idle";
				waitMs = said === "idle" ? 0 : idle ? Math.max(waitMs, SETTLE_MS) : SILENCE_MS;
				continue;
			}
			if (!idle) return null;
			const isSettled = waitMs >= SETTLE_MS;
			const conversation = await readBack();
			if (conversation === null || messageId === null) return INTERRUPTED;
			idle = !conversation.busy;
			waitMs = idle ? SETTLE_MS : SILENCE_MS;
			if (!idle) continue;
			const end = decideTurnEnd(conversation, messageId, failure);
			if (end === "not_begun") {
				if (now() >= begunByMs) return INTERRUPTED;
			} else if (end.outcome === "done" || isSettled) return end;
		}
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
