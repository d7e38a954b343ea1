import { showThreadJob } from "../../jobs/queue.ts";
import { recordAudit } from "../../people/audit.ts";
import { lockSession } from "../session-store.ts";
import type { Sessions } from "../sessions.ts";
import type { UseCaseDeps } from "../use-case.ts";
import { endWaiting } from "./end-waiting.ts";
import { readPrompt } from "./prompt-store.ts";

export function createCancelPrompt(deps: UseCaseDeps): Sessions["cancelPrompt"] {
	return ({ promptId, personId }) =>
		deps.db.transaction().execute(async (tx) => {
			const at = new Date(deps.now());
			const place = await readPrompt(tx, promptId);
			if (!place) return { outcome: "too_late" };
			await lockSession(tx, place.session_id);
			// Read again: only under the lock does its status stand still.
			const prompt = await readPrompt(tx, promptId);
			if (prompt?.status !== "queued") return { outcome: "too_late" };
			const sessionId = prompt.session_id;
			await endWaiting(
				tx,
				deps.enqueue,
				{ ...prompt, sessionId, authorId: prompt.author_id },
				{ personId, at },
			);
			await recordAudit(tx, { personId, action: "prompt.cancelled", sessionId, data: { promptId } }, at);
			await deps.enqueue(tx, showThreadJob, { version: 1, sessionId }, { key: sessionId });
			return { outcome: "cancelled" };
		});
}
