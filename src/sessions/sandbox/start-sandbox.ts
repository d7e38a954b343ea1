import type { SandboxInfo } from "../../../sandbox/provider.ts";
import type { Db } from "../../db/client.ts";
import type { Startup } from "../../db/schema/prompts.ts";
import { findImageSnapshot, findNewestImage } from "../../images/image-store.ts";
import type { Log } from "../../log.ts";
import type { Sandboxes } from "../ports.ts";
import { toSandboxCode } from "../turn/to-problem.ts";
import { ensureToken } from "./gateway-token.ts";
import { type SandboxRow, updateSandbox } from "./sandbox-store.ts";
import {
	type EarlierTurn,
	findNewestReady,
	findWipBranch,
	readMissedAfter,
	readTurnsAfter,
	setDeleted,
} from "./snapshot-store.ts";

const MISSED_TURNS = 10;

export interface StartSandboxDeps {
	db: Db;
	sandboxes: Pick<Sandboxes, "name" | "create" | "readFile" | "writeFile" | "killStrays">;
	log: Log;
	now: () => number;
	newToken: () => string;
}

/** What the agent in a sandbox knows nothing of. */
interface Missed {
	/** Earlier turns of the session, oldest first. */
	turns: EarlierTurn[];
	/** Where uncommitted work of theirs was pushed. */
	branch: string | null;
}

/** A sandbox in which an agent can work. */
export interface ReadySandbox {
	row: SandboxRow;
	info: SandboxInfo;
	gatewayToken: string;
	/** Where it came from. */
	from: Startup["sandbox"];
	missed: Missed;
}

/** What a new sandbox begins with. */
interface Source {
	from: Startup["sandbox"];
	snapshot: string;
	branch: string | null;
	clonedAt: Date | null;
	seq: number | null;
	forget(): Promise<void>;
}

/**
 * From a row to a sandbox with its token in it: restored from its session's newest snapshot, else made from its image
 * (where it has none: its repository's newest), else empty. A snapshot that is not there any more is passed over.
 *
 * @throws SandboxError
 */
export async function startSandbox(
	deps: StartSandboxDeps,
	row: SandboxRow,
	signal: AbortSignal,
): Promise<ReadySandbox> {
	const tried: Source[] = [];
	let info: SandboxInfo | null = null;
	while (info === null) {
		const source = await findSource(deps, row, tried);
		if (source) tried.push(source);
		info = await create(deps, row, source, signal);
	}
	// Another call may have made it before this one, of another snapshot.
	const made = tried.find(({ snapshot }) => snapshot === info.snapshot);
	const set = {
		state: "ready" as const,
		branch: made?.branch ?? null,
		cloned_at: made?.clonedAt ?? null,
		missed_after_seq:
			row.session_id === null ? null : await readMissedAfter(deps.db, row.session_id, made?.seq),
	};
	await updateSandbox(deps.db, row.id, { ...set, provider_id: info.id });
	const gatewayToken = await ensureToken(deps, row, info);
	const ready = { ...row, ...set };
	const missed = await readMissed(deps.db, ready);
	return { row: ready, info, gatewayToken, from: made?.from ?? "empty", missed };
}

export async function readMissed(db: Db, row: SandboxRow): Promise<Missed> {
	if (row.session_id === null || row.missed_after_seq === null) return { turns: [], branch: null };
	const { session_id: sessionId, missed_after_seq: afterSeq } = row;
	return {
		turns: await readTurnsAfter(db, { sessionId, afterSeq, limit: MISSED_TURNS }),
		branch: await findWipBranch(db, sessionId, afterSeq),
	};
}

/** Null: the source is gone, another one is to be tried. */
async function create(
	deps: StartSandboxDeps,
	row: SandboxRow,
	source: Source | undefined,
	signal: AbortSignal,
): Promise<SandboxInfo | null> {
	const labels = { bobbin: row.session_id === null ? "warm" : "session" };
	try {
		return await deps.sandboxes.create(
			{ name: row.name, labels, ...(source ? { snapshot: source.snapshot } : {}) },
			signal,
		);
	} catch (error) {
		if (!source || toSandboxCode(error) !== "not_found") throw error;
		deps.log.error({ snapshot: source.snapshot, session: row.session_id }, "a snapshot is gone");
		await source.forget();
		return null;
	}
}

async function findSource(
	deps: StartSandboxDeps,
	row: SandboxRow,
	tried: Source[],
): Promise<Source | undefined> {
	const isNew = (name: string) => tried.every(({ snapshot }) => snapshot !== name);
	if (row.session_id !== null) {
		const kept = await findNewestReady(deps.db, { sessionId: row.session_id, provider: row.provider });
		if (kept && isNew(kept.name))
			return {
				from: "restored",
				snapshot: kept.name,
				branch: kept.branch,
				clonedAt: kept.cloned_at,
				seq: kept.seq,
				forget: () => setDeleted(deps.db, kept.id, new Date(deps.now())),
			};
	}
	const imageId = row.image_id ?? (await chooseImage(deps, row));
	const image = imageId === null ? undefined : await findImageSnapshot(deps.db, imageId);
	if (!image || !isNew(image.snapshot)) return undefined;
	return {
		from: "image",
		snapshot: image.snapshot,
		branch: null,
		// It holds a checkout, of no branch of the session's.
		clonedAt: new Date(deps.now()),
		seq: null,
		forget: async () => {},
	};
}

/** Written down before it is used: whoever takes over after a crash knows it again, and it is not retired meanwhile. */
async function chooseImage(deps: StartSandboxDeps, row: SandboxRow): Promise<string | null> {
	const { repository_id: repositoryId, provider } = row;
	const image =
		repositoryId === null ? undefined : await findNewestImage(deps.db, { repositoryId, provider });
	if (!image) return null;
	await updateSandbox(deps.db, row.id, { image_id: image.id });
	return image.id;
}
