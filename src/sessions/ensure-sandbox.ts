import { createHash } from "node:crypto";
import type { SandboxInfo } from "../../sandbox/provider.ts";
import type { Db } from "../db/client.ts";
import type { Log } from "../log.ts";
import { lostOwnership } from "./event-log.ts";
import { toSandboxName } from "./names.ts";
import type { Sandboxes } from "./ports.ts";
import {
	claimWarmSandbox,
	countOfSession,
	findOfSession,
	insertSandbox,
	type SandboxRow,
	updateSandbox,
} from "./sandbox-store.ts";
import { holdOwnership } from "./session-store.ts";
import { toSandboxCode } from "./to-problem.ts";

export interface EnsureSandboxDeps {
	db: Db;
	sandboxes: Sandboxes;
	log: Log;
	now: () => number;
	newId: () => string;
	/** Unguessable. */
	newToken: () => string;
}

export interface ReadySandbox {
	row: SandboxRow;
	info: SandboxInfo;
	gatewayToken: string;
}

/**
 * The session's sandbox, started: the one it has, else a warm one of its repository, else a new one. A row exists
 * before the provider is asked and names are deterministic, so a crash at any point finds the same sandbox again.
 *
 * @throws SandboxError, AppError `lost_ownership`
 */
export async function ensureSandbox(
	deps: EnsureSandboxDeps,
	input: { sessionId: string; repositoryId: string | null; epoch: number },
	signal: AbortSignal,
): Promise<ReadySandbox> {
	const known = await findOfSession(deps.db, input.sessionId);
	if (known) {
		const info = await reuse(deps, known, signal);
		if (info) return { row: known, info, gatewayToken: await ensureToken(deps, known, info) };
		await updateSandbox(deps.db, known.id, { state: "lost", deleted_at: new Date(deps.now()) });
		deps.log.warn({ session: input.sessionId, sandbox: known.name }, "a sandbox was lost");
	}
	const row = await assign(deps, input);
	if (row.state !== "creating") {
		const info = await reuse(deps, row, signal);
		if (info) return { row, info, gatewayToken: await ensureToken(deps, row, info) };
		await updateSandbox(deps.db, row.id, { state: "lost", deleted_at: new Date(deps.now()) });
		return ensureSandbox(deps, input, signal);
	}
	return startSandbox(deps, row, signal);
}

/** From a row to a sandbox with its token in it. */
export async function startSandbox(
	deps: EnsureSandboxDeps,
	row: SandboxRow,
	signal: AbortSignal,
): Promise<ReadySandbox> {
	const info = await create(deps, row, signal);
	return { row, info, gatewayToken: await ensureToken(deps, row, info) };
}

function assign(
	deps: EnsureSandboxDeps,
	input: { sessionId: string; repositoryId: string | null; epoch: number },
): Promise<SandboxRow> {
	return deps.db.transaction().execute(async (tx) => {
		if (!(await holdOwnership(tx, input))) throw lostOwnership();
		const { sessionId, repositoryId } = input;
		const provider = deps.sandboxes.name;
		if (repositoryId !== null) {
			const warm = await claimWarmSandbox(tx, { sessionId, repositoryId, provider });
			if (warm) return warm;
		}
		return insertSandbox(tx, {
			id: deps.newId(),
			session_id: sessionId,
			repository_id: repositoryId,
			provider,
			name: toSandboxName(sessionId, (await countOfSession(tx, sessionId)) + 1),
			// Nobody has this token; the one that counts is written with its file.
			token_hash: hashToken(deps.newToken()),
		});
	});
}

async function create(
	deps: Pick<EnsureSandboxDeps, "db" | "sandboxes">,
	row: SandboxRow,
	signal: AbortSignal,
): Promise<SandboxInfo> {
	const info = await deps.sandboxes.create({ name: row.name, labels: { bobbin: "session" } }, signal);
	await updateSandbox(deps.db, row.id, { state: "ready", provider_id: info.id });
	return info;
}

/** Null: it is gone or broken for good. */
async function reuse(
	deps: EnsureSandboxDeps,
	row: SandboxRow,
	signal: AbortSignal,
): Promise<SandboxInfo | null> {
	if (row.state === "creating") return create(deps, row, signal);
	const info = await deps.sandboxes.get(row.name);
	if (info === null) return null;
	switch (info.state) {
		case "deleted":
			return null;
		case "error":
			await deps.sandboxes.delete(info.id);
			return null;
		case "started":
			return info;
		default:
			return deps.sandboxes.ensureStarted(info.id, signal);
	}
}

/**
 * The token that is in the sandbox, if it is the one we gave; else a new one. It stays the same while the sandbox
 * lives, because an agent that is at work has read it already.
 */
async function ensureToken(
	deps: Pick<EnsureSandboxDeps, "db" | "sandboxes" | "newToken">,
	row: SandboxRow,
	info: SandboxInfo,
): Promise<string> {
	const path = `${info.secretsDir}/token`;
	if (row.state !== "creating") {
		const present = await readToken(deps, info.id, path);
		if (present !== null && hashToken(present) === row.token_hash) return present;
		// Whatever runs inside holds a token that is no longer good.
		if (present !== null) await deps.sandboxes.killStrays(info.id, []);
	}
	const token = deps.newToken();
	await updateSandbox(deps.db, row.id, { token_hash: hashToken(token) });
	await deps.sandboxes.writeFile(info.id, path, token, 0o600);
	return token;
}

async function readToken(
	deps: Pick<EnsureSandboxDeps, "sandboxes">,
	id: string,
	path: string,
): Promise<string | null> {
	try {
		return new TextDecoder().decode(await deps.sandboxes.readFile(id, path)).trim();
	} catch (error) {
		if (toSandboxCode(error) === "not_found") return null;
		throw error;
	}
}

function hashToken(token: string): string {
	return createHash("sha256").update(token).digest("hex");
}
