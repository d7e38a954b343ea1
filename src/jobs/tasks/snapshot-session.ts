import type { SandboxProvider } from "../../../sandbox/provider.ts";
import { createSnapshotSession, type SnapshotSessionDeps } from "../../sessions/sandbox/snapshot-session.ts";
import { snapshotSessionJob } from "../queue.ts";
import { defineTask, type Task } from "../worker.ts";

/** Keeps a session's sandbox as a snapshot, if it holds anything new. */
export function createSnapshotSessionTask(
	deps: Omit<SnapshotSessionDeps, "sandboxes"> & { provider: SandboxProvider },
): Task {
	const snapshotSession = createSnapshotSession({ ...deps, sandboxes: deps.provider });
	return defineTask(snapshotSessionJob, async ({ sessionId, reason }, { signal }) => {
		await snapshotSession({ sessionId, reason, signal });
	});
}
