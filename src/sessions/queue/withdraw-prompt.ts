import type { Tx } from "../../db/client.ts";
import { showThreadJob } from "../../jobs/queue.ts";
import { recordAudit } from "../../people/audit.ts";
import { setMove } from "../routing/move-store.ts";
import { lockSession } from "../session-store.ts";
import type { Sessions } from "../sessions.ts";
import type { UseCaseDeps } from "../use-case.ts";
import { endWaiting } from "./end-waiting.ts";
import { findByKey, readPrompt, requestStop } from "./prompt-store.ts";
import { callTurn } from "./rest-turn.ts";

/**
 * What waits is cancelled. What runs is stopped if it was talk; of a deleted message it is only noted, because what it
 * said may be what everybody waits for.
 */
export function createWithdrawPrompt(deps: UseCaseDeps): Sessions["withdrawPrompt"] {
	return ({ idempotencyKey, personId, why }) =>
		deps.db.transaction().execute(async (tx) => {
			const at = new Date(deps.now());
			const found = await findByKey(tx, idempotencyKey);
			if (!found) return { outcome: "no_prompt" };
			const { sessionId, promptId } = found;
			const session = await lockSession(tx, sessionId);
			const { move } = session;
			// Read again: only under the lock does its status stand still.
			const prompt = await readPrompt(tx, promptId);
			if (!prompt) return { outcome: "no_prompt" };
			if (prompt.withdrawn === why || prompt.withdrawn === "talk") return { outcome: "already", sessionId };
			const { status } = prompt;
			if (status !== "queued" && status !== "running") return { outcome: "over", sessionId };
			await setWithdrawn(tx, promptId, why);
			if (status === "queued") {
				await endWaiting(
					tx,
					deps.enqueue,
					{ ...prompt, sessionId, authorId: prompt.author_id },
					{ personId, at },
				);
			} else if (why === "talk") {
				// What is stopped does not begin anew where the session moves.
				if (move?.promptId === promptId) await setMove(tx, sessionId, { ...move, promptId: null });
				await requestStop(tx, { promptId, personId, at });
				await callTurn(tx, deps.enqueue, session);
			}
			const action = "prompt.withdrawn";
			await recordAudit(tx, { personId, action, sessionId, data: { promptId, why } }, at);
			await deps.enqueue(tx, showThreadJob, { version: 1, sessionId }, { key: sessionId });
			if (status === "queued") return { outcome: "cancelled", sessionId };
			return { outcome: why === "talk" ? "stopping" : "goes_on", sessionId };
		});
}

async function setWithdrawn(tx: Tx, promptId: string, withdrawn: "talk" | "deleted"): Promise<void> {
	await tx.updateTable("prompts").set({ withdrawn }).where("id", "=", promptId).execute();
}
