import { showThreadJob } from "../../jobs/queue.ts";
import { appendEvents } from "../log/event-store.ts";
import { lockSession, setStatus } from "../session-store.ts";
import type { Sessions } from "../sessions.ts";
import type { UseCaseDeps } from "../use-case.ts";
import { meterRouting } from "./meter-routing.ts";

export function createAskRepository(deps: UseCaseDeps): Sessions["askRepository"] {
	return ({ sessionId, reason, candidates, judgements }) =>
		deps.db.transaction().execute(async (tx) => {
			const at = new Date(deps.now());
			const session = await lockSession(tx, sessionId);
			await meterRouting(tx, sessionId, judgements);
			if (session.status !== "routing" && session.status !== "asking") return { outcome: "already_chosen" };
			// Asked before: the question stands as it is.
			if (session.status === "asking") return { outcome: "asked" };
			await setStatus(tx, sessionId, "asking", at);
			await appendEvents(tx, sessionId, [{ type: "session.asked", data: { reason, candidates } }], at);
			await deps.enqueue(tx, showThreadJob, { version: 1, sessionId }, { key: sessionId });
			return { outcome: "asked" };
		});
}
