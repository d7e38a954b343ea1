import type { SandboxProvider } from "../../../sandbox/provider.ts";
import type { Tx } from "../../db/client.ts";
import { type Enqueue, snapshotSessionJob } from "../../jobs/queue.ts";
import { decideSnapshot } from "./decide-snapshot.ts";
import { type SandboxRow, updateSandbox } from "./sandbox-store.ts";
import { findLastTry, findNewestReady, listOfSession, readLastWork, setDeleted } from "./snapshot-store.ts";
import { forIdleSessions, type IdleDeps } from "./stop-idle-sandboxes.ts";

/** A snapshot that cannot be taken is tried again after this. */
const RETRY_MS = 60 * 60_000;

/**
 * Deletes sandboxes whose session has had nothing to do for `keepMs`, if a snapshot holds everything that was done in
 * them; where none does, one is asked for and the sandbox stays.
 */
export async function deleteIdleSandboxes(
	deps: Omit<IdleDeps, "sandboxes" | "enqueue"> & {
		sandboxes: Pick<SandboxProvider, "name" | "delete" | "getSnapshot">;
		enqueue: Enqueue;
	},
	keepMs: number,
	onlyEnded = false,
): Promise<{ deleted: number }> {
	const { sandboxes } = deps;
	const deleted = await forIdleSessions(
		deps,
		keepMs,
		async (tx, sandbox, sessionId) => {
			if (!(await isKept(tx, sandbox, sessionId))) return false;
			await sandboxes.delete(sandbox.name);
			await updateSandbox(tx, sandbox.id, { state: "deleted", deleted_at: new Date(deps.now()) });
			deps.log.info({ session: sessionId, sandbox: sandbox.name }, "an idle sandbox was deleted");
			return true;
		},
		{ onlyEnded },
	);
	return { deleted };

	async function isKept(tx: Tx, sandbox: SandboxRow, sessionId: string): Promise<boolean> {
		// It was never ready, so nothing was ever done in it.
		if (sandbox.state !== "ready") return true;
		const of = { sessionId, provider: sandbox.provider };
		if ((await listOfSession(tx, { ...of, state: "taking" })).length > 0) return false;
		const kept = await findNewestReady(tx, of);
		// What the database says is not enough to delete the only other copy.
		const isThere = kept !== undefined && (await sandboxes.getSnapshot(kept.name)) !== null;
		if (kept && !isThere) await setDeleted(tx, kept.id, new Date(deps.now()));
		const work = await readLastWork(tx, sessionId);
		const keptSeq = isThere ? kept.seq : 0;
		if (decideSnapshot({ reason: "delete", ...work, keptSeq, savedSeq: 0 }) === "unchanged") return true;
		const last = await findLastTry(tx, sessionId);
		if (last?.state !== "failed" || last.created_at.getTime() <= deps.now() - RETRY_MS) {
			const job = { version: 1 as const, sessionId, reason: "delete" as const };
			await deps.enqueue(tx, snapshotSessionJob, job, { key: sessionId });
		}
		return false;
	}
}
