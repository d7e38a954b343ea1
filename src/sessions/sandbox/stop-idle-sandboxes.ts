import type { SandboxProvider } from "../../../sandbox/provider.ts";
import type { Db, Tx } from "../../db/client.ts";
import { coerceError } from "../../errors.ts";
import { type Enqueue, snapshotSessionJob } from "../../jobs/queue.ts";
import type { Log } from "../../log.ts";
import { readUnheldPrompts } from "../queue/prompt-store.ts";
import { lockSession } from "../session-store.ts";
import { findOfSession, listIdleSessions, type SandboxRow } from "./sandbox-store.ts";

export interface IdleDeps {
	db: Db;
	sandboxes: Pick<SandboxProvider, "name" | "list" | "get" | "stop">;
	/** Null: no jobs are taken any more. */
	enqueue: Enqueue | null;
	log: Log;
	now: () => number;
}

/**
 * Ends the processes of sandboxes whose session has had nothing to do for `idleMs`. Their files stay, and the next
 * prompt starts them again. A prompt that comes meanwhile waits for the session's row, so none is cut off.
 */
export async function stopIdleSandboxes(deps: IdleDeps, idleMs: number): Promise<{ stopped: number }> {
	// Most have slept for long: their provider is not asked about each of them every time.
	const started = (await deps.sandboxes.list()).filter(({ state }) => state === "started");
	const stopped = await forIdleSessions(
		deps,
		idleMs,
		(tx, sandbox, sessionId) => stopSandbox(deps, tx, { sandbox, sessionId }),
		{ names: started.map(({ name }) => name) },
	);
	return { stopped };
}

/** Ends the processes of one, and has it kept. The session's row must be locked by the caller. False: none run. */
export async function stopSandbox(
	{ sandboxes, enqueue }: Pick<IdleDeps, "enqueue"> & { sandboxes: Pick<SandboxProvider, "get" | "stop"> },
	tx: Tx,
	{ sandbox, sessionId }: { sandbox: SandboxRow; sessionId: string },
): Promise<boolean> {
	const info = await sandboxes.get(sandbox.name);
	if (info?.state !== "started") return false;
	await sandboxes.stop(info.id);
	await enqueue?.(tx, snapshotSessionJob, { version: 1, sessionId, reason: "stop" }, { key: sessionId });
	return true;
}

/**
 * Acts on each sandbox whose session has had nothing to do for `idleMs`, while nobody can give it anything to do.
 * One that fails holds up no other. Gives how often `act` said true.
 */
export async function forIdleSessions(
	deps: Pick<IdleDeps, "db" | "log" | "now"> & { sandboxes: { name: string } },
	idleMs: number,
	act: (tx: Tx, sandbox: SandboxRow, sessionId: string) => Promise<boolean>,
	/** `onlyEnded`: sessions whose pull requests are merged or closed. `names`: these sandboxes. Left out: all. */
	only: { onlyEnded?: boolean; names?: string[] } = {},
): Promise<number> {
	const { db, log } = deps;
	const before = new Date(deps.now() - idleMs);
	let count = 0;
	for (const sessionId of await listIdleSessions(db, { provider: deps.sandboxes.name, before, ...only })) {
		try {
			const done = await db.transaction().execute(async (tx) => {
				await lockSession(tx, sessionId);
				const sandbox = await findOfSession(tx, sessionId);
				if (!sandbox || (await readUnheldPrompts(tx, sessionId)).length > 0) return false;
				return act(tx, sandbox, sessionId);
			});
			if (done) count += 1;
		} catch (thrown) {
			log.warn(
				{ err: coerceError(thrown), session: sessionId },
				"an idle sandbox could not be stopped or deleted",
			);
		}
	}
	return count;
}
