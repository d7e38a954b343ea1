import { showThreadJob } from "../../jobs/queue.ts";
import { recordAudit } from "../../people/audit.ts";
import { appendEvents } from "../log/event-store.ts";
import { lockSession } from "../session-store.ts";
import type { Sessions } from "../sessions.ts";
import type { UseCaseDeps } from "../use-case.ts";
import { holdPrompt } from "./hold-store.ts";

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
				const waiting = await tx
					.selectFrom("prompts")
					.select("id")
					.where("session_id", "=", sessionId)
					.where("author_id", "=", personId)
					.where("status", "=", "queued")
					.orderBy("number")
					.execute();
				for (const { id: promptId } of waiting) {
					await holdPrompt(tx, promptId, "gone");
					await appendEvents(tx, sessionId, [{ type: "prompt.held", data: { promptId, why: "gone" } }], at);
					const act = { personId: null, action: "prompt.held_back", sessionId, data: { promptId } };
					await recordAudit(tx, act, at);
				}
				await deps.enqueue(tx, showThreadJob, { version: 1, sessionId }, { key: sessionId });
			});
		}
		return { sessionIds: sessions.map(({ session_id }) => session_id) };
	};
}
