import type { SandboxProvider } from "../../../sandbox/provider.ts";
import { createCompleteMove } from "../../sessions/routing/complete-move.ts";
import { createSnapshotSession, type SnapshotSessionDeps } from "../../sessions/sandbox/snapshot-session.ts";
import { snapshotSessionJob } from "../queue.ts";
import { defineTask, type Task } from "../worker.ts";

/** Keeps a session's sandbox as a snapshot, if it holds anything new; where the session moves, it goes on elsewhere then. */
export function createSnapshotSessionTask(
	deps: Omit<SnapshotSessionDeps, "sandboxes"> & { provider: SandboxProvider },
): Task {
	const snapshotSession = createSnapshotSession({ ...deps, sandboxes: deps.provider });
	const completeMove = createCompleteMove({ ...deps, sandboxes: deps.provider });
	return defineTask(snapshotSessionJob, async ({ sessionId, reason }, { signal }) => {
		const kept = await snapshotSession({ sessionId, reason, signal });
		if (reason === "move") await completeMove({ sessionId, kept });
	});
}
