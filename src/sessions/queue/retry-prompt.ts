import { AppError } from "../../errors.ts";
import { routeSessionJob, runPromptJob, showThreadJob } from "../../jobs/queue.ts";
import { recordAudit } from "../../people/audit.ts";
import { oweAnotherAnswer } from "../comments/comment-store.ts";
import { appendEvents } from "../log/event-store.ts";
import { lockSession } from "../session-store.ts";
import type { Sessions } from "../sessions.ts";
import type { UseCaseDeps } from "../use-case.ts";
import { readOpenPrompts, readPrompt, requeuePrompt } from "./prompt-store.ts";

/** A prompt that is tried again keeps its number, so it runs before those that came after it. */
export function createRetryPrompt(deps: UseCaseDeps): Sessions["retryPrompt"] {
	return ({ promptId, personId }) =>
		deps.db.transaction().execute(async (tx) => {
			const at = new Date(deps.now());
			const place = await readPrompt(tx, promptId);
			if (!place) throw new AppError("prompt_not_found", "There is no such prompt.");
			const session = await lockSession(tx, place.session_id);
			const prompt = await readPrompt(tx, promptId);
			const isTalk = prompt?.status === "cancelled" && prompt.withdrawn === "talk";
			if (prompt?.status !== "failed" && prompt?.status !== "stopped" && !(prompt && isTalk))
				return { outcome: "already_queued" };
			const waiting = (await readOpenPrompts(tx, session.id)).filter((open) => open.status === "queued");
			const position = waiting.filter((open) => open.number < prompt.number).length + 1;
			await requeuePrompt(tx, promptId);
			await oweAnotherAnswer(tx, promptId);
			await appendEvents(tx, session.id, [{ type: "prompt.queued", data: { promptId, position } }], at);
			const act = { personId, action: "prompt.retried", sessionId: session.id, data: { promptId } };
			await recordAudit(tx, act, at);
			const job = { version: 1 as const, sessionId: session.id };
			await deps.enqueue(tx, runPromptJob, job, { key: session.id });
			// Its session may have stood still since it was taken for talk.
			if (isTalk && (session.status === "routing" || session.status === "asking"))
				await deps.enqueue(tx, routeSessionJob, job, { key: session.id });
			await deps.enqueue(tx, showThreadJob, job, { key: session.id });
			return { outcome: "queued" };
		});
}
