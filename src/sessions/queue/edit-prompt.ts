import { routeSessionJob, showThreadJob } from "../../jobs/queue.ts";
import { recordAudit } from "../../people/audit.ts";
import { changeAttempts } from "../attempts/change-attempts.ts";
import { lockSent, replaceSent } from "../context/context-store.ts";
import { toCareEvents } from "../context/count-masked.ts";
import { appendEvents } from "../log/event-store.ts";
import { toStorableText } from "../log/storable.ts";
import type { Mask } from "../ports.ts";
import { lockSession } from "../session-store.ts";
import type { Sessions } from "../sessions.ts";
import type { UseCaseDeps } from "../use-case.ts";
import { findByKey, readPrompt } from "./prompt-store.ts";

/** What waits is changed; of what runs it is noted, for people to decide; what is over stays what it was. */
export function createEditPrompt(deps: UseCaseDeps & { mask: Mask }): Sessions["editPrompt"] {
	return async ({ idempotencyKey, personId, text: given, attempts = { count: 1, models: [] } }) => {
		const masked = await deps.mask(given);
		const parts = masked.kinds.length === 0 ? [] : [{ part: "text", kinds: masked.kinds }];
		return deps.db.transaction().execute(async (tx) => {
			const at = new Date(deps.now());
			const text = toStorableText(masked.text);
			const found = await findByKey(tx, idempotencyKey);
			if (!found) return { outcome: "no_prompt" };
			const { sessionId, promptId } = found;
			const session = await lockSession(tx, sessionId);
			// Read again: only under the lock does its status stand still.
			const prompt = await readPrompt(tx, promptId);
			if (!prompt) return { outcome: "no_prompt" };
			const wish = { count: attempts.count, models: attempts.models };
			const changed = await changeAttempts(tx, { id: deps.newId(), session, promptId, wish, at });
			// What was paused in the middle goes on with what it was told.
			const isPaused = prompt.held === "budget" && prompt.attempt > 0;
			const status = isPaused ? "running" : prompt.status;
			const job = { version: 1 as const, sessionId };
			if (prompt.text === text && prompt.edited_text === null) {
				if (changed.attempts === "changed") await deps.enqueue(tx, showThreadJob, job, { key: sessionId });
				return { outcome: "same", sessionId, ...changed };
			}
			if (status !== "queued" && status !== "running") return { outcome: "over", sessionId, ...changed };
			const change =
				status === "queued"
					? { text, edited_text: null }
					: // Edited back, it says what is at work.
						{ edited_text: prompt.text === text ? null : text };
			await tx.updateTable("prompts").set(change).where("id", "=", promptId).execute();
			const sent = await lockSent(tx, promptId);
			const others = (sent?.masked ?? []).filter(({ part }) => part !== "text");
			await replaceSent(tx, promptId, { masked: [...others, ...parts] });
			const care = toCareEvents(promptId, { masked: parts });
			if (care.length > 0) await appendEvents(tx, sessionId, care, at);
			const data = { promptId, status };
			await recordAudit(tx, { personId, action: "prompt.edited", sessionId, data }, at);
			// The new words may be the answer to the question that was asked.
			if (status === "queued" && session.status === "asking" && prompt.held === null)
				await deps.enqueue(tx, routeSessionJob, job, { key: sessionId });
			await deps.enqueue(tx, showThreadJob, job, { key: sessionId });
			return { outcome: status === "queued" ? "changed" : "began", sessionId, ...changed };
		});
	};
}
