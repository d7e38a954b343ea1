import { closeStops } from "../../budget/stop-store.ts";
import { runPromptJob, showThreadJob } from "../../jobs/queue.ts";
import { recordAudit } from "../../people/audit.ts";
import { appendEvents } from "../log/event-store.ts";
import { lockSession } from "../session-store.ts";
import type { Sessions } from "../sessions.ts";
import type { UseCaseDeps } from "../use-case.ts";
import { holdPrompt } from "./hold-store.ts";
import { readOpenPrompts, readUnheldPrompts } from "./prompt-store.ts";

/**
 * Holds back what somebody asked for who is not there any more: nobody is left to answer for it. What runs goes on, for
 * it was begun while they were.
 */
export function createHoldBack(deps: UseCaseDeps): Sessions["holdBack"] {
	return async ({ personId }) => {
		const ofPerson = () =>
			deps.db
				.selectFrom("prompts")
				.where("author_id", "=", personId)
				.where("status", "=", "queued")
				.where((eb) => eb.or([eb("held", "is", null), eb("held", "<>", "gone")]));
		const sessions = await ofPerson().select("session_id").distinct().orderBy("session_id").execute();
		for (const { session_id: sessionId } of sessions) {
			await deps.db.transaction().execute(async (tx) => {
				const at = new Date(deps.now());
				await lockSession(tx, sessionId);
				const waiting = (await readOpenPrompts(tx, sessionId)).filter(
					({ authorId, status, held }) => authorId === personId && status === "queued" && held !== "gone",
				);
				for (const { id: promptId } of waiting) {
					await holdPrompt(tx, promptId, "gone");
					await closeStops(tx, promptId, { personId: null, at });
					await appendEvents(tx, sessionId, [{ type: "prompt.held", data: { promptId, why: "gone" } }], at);
					const act = { personId: null, action: "prompt.held_back", sessionId, data: { promptId } };
					await recordAudit(tx, act, at);
				}
				const job = { version: 1 as const, sessionId };
				// What waited behind one that was paused goes on.
				if (waiting.some(({ held }) => held === "budget"))
					for (const _ of await readUnheldPrompts(tx, sessionId))
						await deps.enqueue(tx, runPromptJob, job, { key: sessionId });
				await deps.enqueue(tx, showThreadJob, job, { key: sessionId });
			});
		}
		return { sessionIds: sessions.map(({ session_id }) => session_id) };
	};
}
