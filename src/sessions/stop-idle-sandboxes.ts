import type { SandboxProvider } from "../../sandbox/provider.ts";
import type { Db } from "../db/client.ts";
import { coerceError } from "../errors.ts";
import type { Log } from "../log.ts";
import { readOpenPrompts } from "./prompt-store.ts";
import { findOfSession, listIdleSessions } from "./sandbox-store.ts";
import { lockSession } from "./session-store.ts";

/**
 * Ends the processes of sandboxes whose session has had nothing to do for `idleMs`. Their files stay, and the next
 * prompt starts them again. A prompt that comes meanwhile waits for the session's row, so none is cut off.
 */
export async function stopIdleSandboxes(
	deps: { db: Db; sandboxes: Pick<SandboxProvider, "name" | "get" | "stop">; log: Log; now: () => number },
	idleMs: number,
): Promise<{ stopped: number }> {
	const { db, sandboxes, log } = deps;
	const before = new Date(deps.now() - idleMs);
	let stopped = 0;
	for (const sessionId of await listIdleSessions(db, { provider: sandboxes.name, before })) {
		try {
			const done = await db.transaction().execute(async (tx) => {
				await lockSession(tx, sessionId);
				const sandbox = await findOfSession(tx, sessionId);
				if (!sandbox || (await readOpenPrompts(tx, sessionId)).length > 0) return false;
				const info = await sandboxes.get(sandbox.name);
				if (info?.state !== "started") return false;
				await sandboxes.stop(info.id);
				return true;
			});
			if (done) stopped += 1;
		} catch (thrown) {
			log.warn({ err: coerceError(thrown), session: sessionId }, "an idle sandbox could not be stopped");
		}
	}
	return { stopped };
}
