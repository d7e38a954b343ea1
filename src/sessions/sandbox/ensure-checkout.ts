import type { Db } from "../../db/client.ts";
import { AppError } from "../../errors.ts";
import type { Sandboxes } from "../ports.ts";
import { readRepository } from "../routing/repository-store.ts";
import {
	findTrouble,
	REPOSITORY_LIMITS,
	type RepositoryAddress,
	type RepositoryLimits,
	type RepositoryState,
	toSizeWords,
} from "../routing/repository-trouble.ts";
import { readSyncReport, type SyncReport } from "../turn/sync-report.ts";
import { toCloneError, toSandboxCode } from "../turn/to-problem.ts";
import type { ReadySandbox } from "./ensure-sandbox.ts";
import { setSynced } from "./sandbox-store.ts";

const SYNC_TIMEOUT_MS = 10 * 60_000;

export interface Checkout {
	/** As it was read last. */
	repository: (RepositoryAddress & Partial<RepositoryState>) | null;
	base: string;
	/** The session's branch; the base itself for a sandbox that waits for a session. */
	branch: string;
}

export interface CheckoutDeps {
	db: Db;
	sandboxes: Pick<Sandboxes, "exec">;
	now: () => number;
	repositoryLimits?: RepositoryLimits;
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
 * takes its place. Of a large repository only today's files are fetched.
 *
 * @throws AppError with what `sync.sh` found, or `repository_archived`, `repository_too_large`, `repository_not_found`
 * without trying where that is known; SandboxError
 */
export async function ensureCheckout(
	deps: CheckoutDeps,
	sandbox: Located,
	checkout: Checkout,
): Promise<SyncReport> {
	const { row, info } = sandbox;
	const { repository, base, branch } = checkout;
	const limits = deps.repositoryLimits ?? REPOSITORY_LIMITS;
	const trouble = repository && findTrouble(repository, limits);
	if (trouble !== null) throw trouble;
	const sizeKib = repository?.size_kib ?? 0;
	const directory = toDirectory(sandbox);
	const isFresh = row.branch === null || row.branch === base;
	const fullName = repository ? `${repository.owner}/${repository.name}` : "";
	const command = repository
		? [`${info.toolsDir}/guest/sync.sh`, fullName, base, branch, directory, isFresh ? "fresh" : "kept"]
		: ["mkdir", "-p", directory];
	const result = await deps.sandboxes
		.exec(info.id, {
			command: command.map(quote).join(" "),
			env: {
				BOBBIN_GATEWAY_URL: info.gatewayUrl,
				...(sizeKib > limits.wholeKib ? { BOBBIN_CLONE_FILTER: "blob:none" } : {}),
			},
			timeoutMs: SYNC_TIMEOUT_MS,
		})
		.catch((error: unknown) => {
			if (!repository || toSandboxCode(error) !== "timeout") throw error;
			throw new AppError(
				"clone_timeout",
				`Fetching ${fullName}${sizeKib === 0 ? "" : ` (${toSizeWords(sizeKib)} at GitHub)`} took longer than ${SYNC_TIMEOUT_MS / 60_000} minutes, so it was ended. Try again; if it happens again, it is too large for the way from here to GitHub.`,
				{ retryable: true, cause: error },
			);
		});
	if (result.exitCode !== 0) {
		if (!repository) throw new AppError("sandbox_unusable", "The sandbox's home cannot be written.");
		// The gateway may have learnt meanwhile why.
		const now = row.repository_id === null ? undefined : await readRepository(deps.db, row.repository_id);
		const found = now && findTrouble(now, limits);
		if (found) throw found;
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
