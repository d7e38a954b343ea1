import { showThreadJob } from "../../jobs/queue.ts";
import { recordAudit } from "../../people/audit.ts";
import { setMove } from "../routing/move-store.ts";
import { lockSession } from "../session-store.ts";
import type { Sessions } from "../sessions.ts";
import type { UseCaseDeps } from "../use-case.ts";
import { endWaiting } from "./end-waiting.ts";
import { readOpenPrompts, requestStop } from "./prompt-store.ts";
import { callTurn } from "./rest-turn.ts";

export function createStopSession(deps: UseCaseDeps): Sessions["stop"] {
	return ({ sessionId, personId }) =>
		deps.db.transaction().execute(async (tx) => {
			const at = new Date(deps.now());
			const session = await lockSession(tx, sessionId);
			const { move } = session;
			// What is stopped does not begin anew where the session moves.
			if (move !== null) await setMove(tx, sessionId, { ...move, promptId: null });
			const open = await readOpenPrompts(tx, sessionId);
			if (open.length === 0) return { outcome: "nothing_runs", cancelledPrompts: 0 };
			const waiting = open.filter((prompt) => prompt.status === "queued");
			for (const prompt of waiting)
				await endWaiting(tx, deps.enqueue, { ...prompt, sessionId }, { personId, at });
			for (const prompt of open) {
				if (prompt.status === "running") await requestStop(tx, { promptId: prompt.id, personId, at });
			}
			const data = { promptIds: open.map(({ id }) => id) };
			await recordAudit(tx, { personId, action: "session.stopped", sessionId, data }, at);
			await callTurn(tx, deps.enqueue, session);
			await deps.enqueue(tx, showThreadJob, { version: 1, sessionId }, { key: sessionId });
			return { outcome: "stopping", cancelledPrompts: waiting.length };
		});
}
