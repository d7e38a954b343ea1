import type { SessionStatus } from "../../contract/session.ts";
import type { Tx } from "../../db/client.ts";
import { readUnheldPrompts } from "../queue/prompt-store.ts";
import { setStatus } from "../session-store.ts";
import { readOfSession } from "./pull-request-store.ts";

/**
 * A session ends when all of its pull requests are done with and nothing waits to run, and wakes when one is open again.
 * Its row must be locked by the caller.
 */
export async function settleSession(
	tx: Tx,
	session: { id: string; status: SessionStatus },
	at: Date,
): Promise<void> {
	const pullRequests = await readOfSession(tx, session.id);
	const anyOpen = pullRequests.some(
		({ state, problem }) => state === "open" || (state === "intended" && problem === null),
	);
	if (session.status === "ended" && anyOpen) return setStatus(tx, session.id, "ready", at);
	if (session.status !== "ready" || anyOpen || pullRequests.length === 0) return;
	if ((await readUnheldPrompts(tx, session.id)).length === 0) await setStatus(tx, session.id, "ended", at);
}
