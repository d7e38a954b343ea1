import type { SandboxProvider } from "../../../sandbox/provider.ts";
import type { Db } from "../../db/client.ts";
import { type Enqueue, type SnapshotSession, showThreadJob } from "../../jobs/queue.ts";
import type { Log } from "../../log.ts";
import { appendEvents } from "../log/event-store.ts";
import { toSnapshotNames } from "../names.ts";
import { lockSession } from "../session-store.ts";
import { toProblem, toSandboxCode } from "../turn/to-problem.ts";
import { decideSnapshot } from "./decide-snapshot.ts";
import { findOfSession, type SandboxRow } from "./sandbox-store.ts";
import { type SaveWorkDeps, saveWork } from "./save-work.ts";
import {
	endTaking,
	findLastTry,
	findNewestReady,
	insertSnapshot,
	listOfSession,
	readLastWork,
	setDeleted,
	setWipBranch,
} from "./snapshot-store.ts";

export interface SnapshotSessionDeps extends SaveWorkDeps {
	db: Db;
	enqueue: Enqueue;
	sandboxes: SaveWorkDeps["sandboxes"] & Pick<SandboxProvider, "snapshot" | "getSnapshot" | "deleteSnapshot">;
	log: Log;
	now: () => number;
	newId: () => string;
}

export type SnapshotOutcome =
	| { outcome: "taken"; name: string }
	/** Nothing in it that is not kept already. */
	| { outcome: "unchanged" }
	/** The session has none, or it went away. */
	| { outcome: "no_sandbox" }
	/**
	 * No snapshot; the sandbox stays, and what was not committed is on `branch` too (null: there was nothing, or no way;
	 * then `isSafe` is false).
	 */
	| { outcome: "failed"; branch: string | null; isSafe: boolean };

interface Taking {
	id: string;
	name: string;
	sandbox: SandboxRow;
	/** The try before this one saved the work to a branch. */
	wasSaved: boolean;
}

/**
 * Keeps a session's sandbox as a snapshot, if it holds anything new; a prompt may run meanwhile. A row is written before
 * the provider is asked, so one that a crash left is finished by the next call. One call for a session at a time: that
 * is its job's key, and a unique index.
 *
 * @throws the signal's reason, what the database throws; what else goes wrong is recorded
 */
export function createSnapshotSession(deps: SnapshotSessionDeps) {
	const { db, sandboxes, log } = deps;
	const of = (sessionId: string) => ({ sessionId, provider: sandboxes.name });

	return async function snapshotSession(input: {
		sessionId: string;
		reason: SnapshotSession["reason"];
		signal: AbortSignal;
	}): Promise<SnapshotOutcome> {
		const { sessionId, reason, signal } = input;
		await finishLeftovers(sessionId);
		const begun = await begin(sessionId, reason);
		if ("outcome" in begun) {
			log.debug({ session: sessionId, reason, outcome: begun.outcome }, "no snapshot is taken");
			await deleteOlder(sessionId);
			return begun;
		}
		let sizeBytes: number | null;
		try {
			const info = await sandboxes.get(begun.sandbox.name);
			if (info === null) return await giveUpGone(begun);
			({ sizeBytes } = await sandboxes.snapshot(info.id, begun.name, signal));
		} catch (error) {
			signal.throwIfAborted();
			if (toSandboxCode(error) === "not_found") return await giveUpGone(begun);
			return await fail(sessionId, begun, error);
		}
		// It is there: what fails from here on takes nothing back, the next call goes on with it.
		await finish(sessionId, begun, sizeBytes);
		log.info({ session: sessionId, reason, snapshot: begun.name, sizeBytes }, "a snapshot was taken");
		return { outcome: "taken", name: begun.name };
	};

	function begin(
		sessionId: string,
		reason: SnapshotSession["reason"],
	): Promise<Taking | { outcome: "unchanged" | "no_sandbox" }> {
		return db.transaction().execute(async (tx) => {
			const session = await lockSession(tx, sessionId);
			const sandbox = await findOfSession(tx, sessionId);
			const provider = sandboxes.name;
			if (sandbox?.state !== "ready" || sandbox.provider !== provider) return { outcome: "no_sandbox" };
			const kept = await findNewestReady(tx, { sessionId, provider });
			const last = await findLastTry(tx, sessionId);
			const savedSeq = last?.wip_branch ? last.seq : 0;
			const work = await readLastWork(tx, sessionId);
			if (decideSnapshot({ reason, ...work, keptSeq: kept?.seq ?? 0, savedSeq }) === "unchanged")
				return { outcome: "unchanged" };
			const row = await insertSnapshot(tx, {
				id: deps.newId(),
				sessionId,
				sandboxId: sandbox.id,
				provider,
				toNames: (number) => toSnapshotNames(sessionId, number),
				seq: session.last_seq,
				reason,
				at: new Date(deps.now()),
			});
			return { ...row, sandbox, wasSaved: savedSeq > 0 };
		});
	}

	/** What an owner that was killed had begun: it is there, or it is begun anew. */
	async function finishLeftovers(sessionId: string): Promise<void> {
		for (const row of await listOfSession(db, { ...of(sessionId), state: "taking" })) {
			const there = await sandboxes.getSnapshot(row.name);
			if (there) await finish(sessionId, row, there.sizeBytes);
			else await endTaking(db, row.id, { state: "failed", problem: INTERRUPTED });
		}
	}

	async function finish(
		sessionId: string,
		row: { id: string; name: string },
		sizeBytes: number | null,
	): Promise<void> {
		if (await endTaking(db, row.id, { state: "ready", sizeBytes })) await deleteOlder(sessionId);
	}

	async function deleteOlder(sessionId: string): Promise<void> {
		// A sandbox that is being made may be made of one of them.
		if ((await findOfSession(db, sessionId))?.state === "creating") return;
		for (const row of (await listOfSession(db, { ...of(sessionId), state: "ready" })).slice(0, -1)) {
			try {
				await sandboxes.deleteSnapshot(row.name);
				await setDeleted(db, row.id, new Date(deps.now()));
			} catch (err) {
				log.warn({ err, snapshot: row.name }, "an old snapshot could not be deleted; tried again later");
			}
		}
	}

	async function giveUpGone(taking: Taking): Promise<SnapshotOutcome> {
		await endTaking(db, taking.id, { state: "failed", problem: GONE });
		return { outcome: "no_sandbox" };
	}

	async function fail(sessionId: string, taking: Taking, error: unknown): Promise<SnapshotOutcome> {
		const problem = toProblem(error);
		log.warn({ err: error, session: sessionId }, "no snapshot could be taken; the work is pushed instead");
		await endTaking(db, taking.id, { state: "failed", problem });
		await sandboxes
			.deleteSnapshot(taking.name)
			.catch((err) => log.warn({ err, snapshot: taking.name }, "the rest of a snapshot may be left"));
		const saved = await saveWork(deps, { sessionId, sandbox: taking.sandbox }).catch((err) => {
			log.error({ err, session: sessionId }, "uncommitted work could not be pushed; the sandbox is kept");
			return null;
		});
		if (saved?.outcome !== "saved") return { outcome: "failed", branch: null, isSafe: saved !== null };
		const { branch } = saved;
		await db.transaction().execute(async (tx) => {
			await lockSession(tx, sessionId);
			await setWipBranch(tx, taking.id, branch);
			if (taking.wasSaved) return;
			await appendEvents(
				tx,
				sessionId,
				[{ type: "work.saved", data: { branch, problem } }],
				new Date(deps.now()),
			);
			await deps.enqueue(tx, showThreadJob, { version: 1, sessionId }, { key: sessionId });
		});
		return { outcome: "failed", branch, isSafe: true };
	}
}

const INTERRUPTED = {
	code: "interrupted",
	message: "Whoever took it went away in the middle; it is begun again.",
	retryable: true,
};
const GONE = { code: "sandbox_not_found", message: "The sandbox is gone.", retryable: false };
