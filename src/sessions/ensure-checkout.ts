import type { Db } from "../db/client.ts";
import { AppError } from "../errors.ts";
import type { ReadySandbox } from "./ensure-sandbox.ts";
import type { Sandboxes } from "./ports.ts";
import { setSynced } from "./sandbox-store.ts";
import { readSyncReport, type SyncReport } from "./sync-report.ts";
import { toCloneError } from "./to-problem.ts";

const SYNC_TIMEOUT_MS = 10 * 60_000;

export interface Checkout {
	repository: { owner: string; name: string } | null;
	base: string;
	/** The session's branch; the base itself for a sandbox that waits for a session. */
	branch: string;
}

type Located = Pick<ReadySandbox, "row" | "info">;

/** Absolute path of the checkout, inside. */
export function toDirectory(sandbox: Pick<ReadySandbox, "info">): string {
	return `${sandbox.info.homeDir}/repo`;
}

/** Whether there are files that an agent can read while `ensureCheckout` brings them up to date. */
export function hasCheckout(sandbox: Pick<ReadySandbox, "row">): boolean {
	return sandbox.row.cloned_at !== null;
}

/**
 * Brings the checkout to what GitHub has and to the given branch; clones where there is none. A checkout in which
 * nobody has worked is put there by force, a session's own keeps all its work. Without a repository an empty folder
 * takes its place.
 *
 * @throws AppError with what `sync.sh` found, SandboxError
 */
export async function ensureCheckout(
	deps: { db: Db; sandboxes: Pick<Sandboxes, "exec">; now: () => number },
	sandbox: Located,
	checkout: Checkout,
): Promise<SyncReport> {
	const { row, info } = sandbox;
	const { repository, base, branch } = checkout;
	const directory = toDirectory(sandbox);
	const isFresh = row.branch === null || row.branch === base;
	const fullName = repository ? `${repository.owner}/${repository.name}` : "";
	const command = repository
		? [`${info.toolsDir}/guest/sync.sh`, fullName, base, branch, directory, isFresh ? "fresh" : "kept"]
		: ["mkdir", "-p", directory];
	const result = await deps.sandboxes.exec(info.id, {
		command: command.map(quote).join(" "),
		env: { BOBBIN_GATEWAY_URL: info.gatewayUrl },
		timeoutMs: SYNC_TIMEOUT_MS,
	});
	if (result.exitCode !== 0) {
		if (!repository) throw new AppError("sandbox_unusable", "The sandbox's home cannot be written.");
		throw toCloneError(result.exitCode, fullName, base, lastLine(result.stderr));
	}
	const report = readSyncReport(result.stdout, { base, branch });
	const { commitSha } = report;
	await setSynced(deps.db, row.id, { base, branch, commitSha, at: new Date(deps.now()) });
	return report;
}

/** For bash. */
function quote(word: string): string {
	return `'${word.replaceAll("'", `'\\''`)}'`;
}

function lastLine(text: string): string {
	return (text.trim().split("\n").at(-1) ?? "").slice(0, 300);
}
