import type { SandboxProvider } from "../../../sandbox/provider.ts";
import type { Db } from "../../db/client.ts";
import { coerceError } from "../../errors.ts";
import type { Log } from "../../log.ts";
import { listResting } from "./sandbox-store.ts";

/** Touches the sandboxes whose agents wait for people while nobody follows them: who stops them stops the question too. */
export async function keepRestingAwake(deps: {
	db: Db;
	sandboxes: Pick<SandboxProvider, "name" | "touch">;
	log: Log;
}): Promise<void> {
	const { db, sandboxes, log } = deps;
	for (const { sessionId, sandboxId } of await listResting(db, sandboxes.name)) {
		try {
			await sandboxes.touch(sandboxId);
		} catch (thrown) {
			log.warn({ err: coerceError(thrown), session: sessionId }, "a sandbox that waits may be stopped");
		}
	}
}
