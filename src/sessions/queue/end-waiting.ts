import { closeStops, passStopsOn } from "../../budget/stop-store.ts";
import type { PromptOrigin } from "../../contract/session.ts";
import type { Tx } from "../../db/client.ts";
import type { Held } from "../../db/schema/prompts.ts";
import { type Enqueue, runPromptJob } from "../../jobs/queue.ts";
import { oweAnswer } from "../comments/owe-answer.ts";
import { appendEvents } from "../log/event-store.ts";
import { notifyAuthor } from "./notify-author.ts";
import { finishPrompt, isPausedTurn, readCost, readUnheldPrompts, unpausePrompt } from "./prompt-store.ts";

/**
 * Ends a prompt that waits: what never began is cancelled, what was paused in the middle is stopped, and what waited
 * behind it goes on, or is asked about from then on where the same cap holds it up. The session's row must be locked by
 * the caller.
 */
export async function endWaiting(
	tx: Tx,
	enqueue: Enqueue,
	prompt: {
		id: string;
		sessionId: string;
		authorId: string | null;
		held: Held | null;
		origin: PromptOrigin;
	},
	by: { personId: string | null; at: Date },
): Promise<void> {
	const { id: promptId, sessionId, held } = prompt;
	const isPaused = held === "budget";
	const hasBegun = await isPausedTurn(tx, promptId);
	const status = hasBegun ? "stopped" : "cancelled";
	const end = { promptId, status, problem: null, costUsd: await readCost(tx, promptId) } as const;
	if (isPaused) await unpausePrompt(tx, promptId);
	await finishPrompt(tx, { ...end, answer: null, at: by.at });
	await oweAnswer(tx, enqueue, prompt);
	// Nobody has to be told what they did themselves.
	if (by.personId !== prompt.authorId) await notifyAuthor(tx, enqueue, prompt, by.at);
	await appendEvents(tx, sessionId, [{ type: "prompt.finished", data: { ...end, durationMs: null } }], by.at);
	const behind = isPaused ? await readUnheldPrompts(tx, sessionId) : [];
	const [next] = behind;
	if (next !== undefined) {
		// What an earlier attempt of it was refused is nobody's question, and would be in the way.
		await closeStops(tx, next.id, by);
		await passStopsOn(tx, prompt, next);
	}
	await closeStops(tx, promptId, by);
	for (const _ of behind) await enqueue(tx, runPromptJob, { version: 1, sessionId }, { key: sessionId });
}
