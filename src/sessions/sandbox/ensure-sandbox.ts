import type { Db } from "../../db/client.ts";
import { findNewestImage } from "../../images/image-store.ts";
import type { Log } from "../../log.ts";
import { lostOwnership } from "../log/event-log.ts";
import { toSandboxNames } from "../names.ts";
import type { Sandboxes } from "../ports.ts";
import { holdOwnership } from "../session-store.ts";
import { isRetryable, toSandboxCode } from "../turn/to-problem.ts";
import { untilAborted } from "../turn/until-aborted.ts";
import { untilMade } from "../turn/until-made.ts";
import { ensureToken, hashToken } from "./gateway-token.ts";
import {
	countOfSession,
	findOfSession,
	insertOfSession,
	type SandboxRow,
	updateSandbox,
} from "./sandbox-store.ts";
import { findNewestReady, readMissedAfter } from "./snapshot-store.ts";
import { type ReadySandbox, readMissed, startSandbox } from "./start-sandbox.ts";
import { claimWarmSandbox } from "./warm-claim-store.ts";

/** A warm sandbox that does not answer so soon is no gain over a new one. */
const WARM_PATIENCE_MS = 3_000;
/** After so many that did not answer a new one is made. */
const WARM_TRIES = 2;

export type { ReadySandbox } from "./start-sandbox.ts";

export interface EnsureSandboxDeps {
	db: Db;
	sandboxes: Sandboxes;
	log: Log;
	now: () => number;
	newId: () => string;
	/** Unguessable. */
	newToken: () => string;
}

interface SessionOf {
	sessionId: string;
	repositoryId: string | null;
	epoch: number;
}

/**
 * The session's sandbox, started. The one it has; if it has none or that one is lost, the first of: one restored from
 * its newest snapshot, a warm one of its repository, a new one from the repository's newest image, a new empty one. A
 * row exists before the provider is asked and names are deterministic, so a crash at any point finds the same sandbox
 * again.
 *
 * @throws SandboxError, AppError `lost_ownership`
 */
export async function ensureSandbox(
	deps: EnsureSandboxDeps,
	input: SessionOf,
	signal: AbortSignal,
): Promise<ReadySandbox> {
	const known = await findOfSession(deps.db, input.sessionId);
	if (known && known.provider === deps.sandboxes.name) {
		if (known.state === "creating") return await startSandbox(deps, known, signal);
		const isUnderWay = known.state === "warming";
		const found = await (isUnderWay ? takeUpWarm(deps, known, signal) : takeUp(deps, known, signal));
		if (found) return found;
	}
	if (known) await giveUp(deps, known, "a sandbox was lost");
	for (let warmTries = 0; ; warmTries++) {
		const row = await assign(deps, input, {
			warm: warmTries < WARM_TRIES,
			underWay: warmTries === 0 && !known,
		});
		if (row.state === "creating") return await startSandbox(deps, row, signal);
		const warm = await takeUpWarm(deps, row, signal);
		if (warm) return warm;
		await giveUp(deps, row, "a warm sandbox did not answer");
		deps.sandboxes
			.delete(row.name)
			.catch((err) => deps.log.warn({ err, sandbox: row.name }, "a sandbox could not be deleted"));
	}
}

/** The session's next sandbox, as a row: claimed, or to be made. */
function assign(
	deps: EnsureSandboxDeps,
	input: SessionOf,
	allow: { warm: boolean; underWay: boolean },
): Promise<SandboxRow> {
	return deps.db.transaction().execute(async (tx) => {
		if (!(await holdOwnership(tx, input))) throw lostOwnership();
		const { sessionId, repositoryId } = input;
		const provider = deps.sandboxes.name;
		const snapshot = await findNewestReady(tx, { sessionId, provider });
		if (repositoryId !== null && !snapshot && allow.warm) {
			const warm = await claimWarmSandbox(tx, {
				...{ sessionId, repositoryId, provider },
				readyOnly: !allow.underWay,
			});
			const missed_after_seq = warm ? await readMissedAfter(tx, sessionId) : null;
			if (warm && missed_after_seq !== null) await updateSandbox(tx, warm.id, { missed_after_seq });
			if (warm) return { ...warm, missed_after_seq };
		}
		const image =
			repositoryId === null || snapshot ? undefined : await findNewestImage(tx, { repositoryId, provider });
		return insertOfSession(tx, {
			id: deps.newId(),
			session_id: sessionId,
			repository_id: repositoryId,
			provider,
			names: toSandboxNames(sessionId, (await countOfSession(tx, sessionId)) + 1),
			image_id: image?.id ?? null,
			// Nobody has this token; the one that counts is written with its file.
			token_hash: hashToken(deps.newToken()),
		});
	});
}

/** Null: it is gone or broken for good. */
async function takeUp(
	deps: EnsureSandboxDeps,
	row: SandboxRow,
	signal: AbortSignal,
): Promise<ReadySandbox | null> {
	const found = await deps.sandboxes.get(row.name);
	if (found === null || found.state === "deleted") return null;
	try {
		const wasStarted = found.state === "started";
		const info = wasStarted ? found : await deps.sandboxes.ensureStarted(found.id, signal);
		const gatewayToken = await ensureToken(deps, row, info);
		const missed = await readMissed(deps.db, row);
		return { row, info, gatewayToken, from: wasStarted ? "running" : "stopped", missed };
	} catch (error) {
		const code = toSandboxCode(error);
		if (code === "not_found") return null;
		// What it held beyond its last snapshot goes with it, so not for a failure that may pass.
		if (code === null || found.state !== "error" || isRetryable(error)) throw error;
		await deps.sandboxes.delete(found.id);
		return null;
	}
}

/** Null: it does not answer. Whatever is wrong with it, a new one can be made. */
async function takeUpWarm(
	deps: EnsureSandboxDeps,
	row: SandboxRow,
	signal: AbortSignal,
): Promise<ReadySandbox | null> {
	const made = await untilMade(deps.db, row, signal);
	if (made === null) return null;
	const patience = AbortSignal.timeout(WARM_PATIENCE_MS);
	try {
		const any = AbortSignal.any([signal, patience]);
		const warm = await untilAborted(
			takeUp(deps, { ...made, missed_after_seq: row.missed_after_seq }, any),
			any,
		);
		return warm && { ...warm, from: "warm" };
	} catch (error) {
		signal.throwIfAborted();
		if (!patience.aborted && toSandboxCode(error) === null) throw error;
		deps.log.warn({ err: error, sandbox: row.name }, "a warm sandbox cannot be used");
		return null;
	}
}

async function giveUp(deps: EnsureSandboxDeps, row: SandboxRow, why: string): Promise<void> {
	await updateSandbox(deps.db, row.id, { state: "lost", deleted_at: new Date(deps.now()) });
	deps.log.warn({ session: row.session_id, sandbox: row.name }, why);
}
