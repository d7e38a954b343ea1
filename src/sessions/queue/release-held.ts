import type { Tx } from "../../db/client.ts";
import { routeSessionJob, runPromptJob, showThreadJob } from "../../jobs/queue.ts";
import { appendEvents } from "../log/event-store.ts";
import { lockSession, setStatus } from "../session-store.ts";
import type { UseCaseDeps } from "../use-case.ts";
import { findSessionsHeldFor, releasePrompts } from "./hold-store.ts";

/** Lets all prompts run that waited for a person's GitHub account, in the transaction in which they got one. */
export function createReleaseHeld(deps: Pick<UseCaseDeps, "enqueue" | "now">) {
	return async (tx: Tx, personId: string): Promise<{ sessionIds: string[] }> => {
		const at = new Date(deps.now());
		const sessionIds: string[] = [];
		for (const sessionId of await findSessionsHeldFor(tx, personId)) {
			const session = await lockSession(tx, sessionId);
			const released = await releasePrompts(tx, { sessionId, personId });
			if (released.length === 0) continue;
			sessionIds.push(sessionId);
			await appendEvents(
				tx,
				sessionId,
				released.map((promptId) => ({ type: "prompt.released" as const, data: { promptId } })),
				at,
			);
			const job = { version: 1 as const, sessionId };
			if (session.status === "routing" || session.status === "asking") {
				await deps.enqueue(tx, routeSessionJob, job, { key: sessionId });
			} else {
				if (session.status === "ended") await setStatus(tx, sessionId, "ready", at);
				for (const _ of released) await deps.enqueue(tx, runPromptJob, job, { key: sessionId });
			}
			await deps.enqueue(tx, showThreadJob, job, { key: sessionId });
		}
		return { sessionIds };
	};
}
