import type { Db } from "../db/client.ts";
import { AppError } from "../errors.ts";
import type { ReadySandbox } from "./ensure-sandbox.ts";
import type { Sandboxes } from "./ports.ts";
import { updateSandbox } from "./sandbox-store.ts";
import { toCloneError } from "./to-problem.ts";

const CLONE_TIMEOUT_MS = 10 * 60_000;

export interface Checkout {
	repository: { owner: string; name: string } | null;
	base: string;
	branch: string;
}

/** Absolute path of the checkout, inside. */
export function toDirectory(sandbox: ReadySandbox): string {
	return `${sandbox.info.homeDir}/repo`;
}

/**
 * Makes sure that the session's branch is checked out; without a repository an empty folder takes its place.
 *
 * @throws AppError with what `clone.sh` found, SandboxError
 */
export async function ensureCheckout(
	deps: { db: Db; sandboxes: Sandboxes; now: () => number },
	sandbox: ReadySandbox,
	checkout: Checkout,
): Promise<void> {
	const { row, info } = sandbox;
	if (row.cloned_at !== null && row.branch === checkout.branch) return;
	const directory = toDirectory(sandbox);
	const { repository, base, branch } = checkout;
	const fullName = repository ? `${repository.owner}/${repository.name}` : "";
	const command = repository
		? [`${info.toolsDir}/guest/clone.sh`, fullName, base, branch, directory]
		: ["mkdir", "-p", directory];
	const result = await deps.sandboxes.exec(info.id, {
		command: command.map(quote).join(" "),
		env: { BOBBIN_GATEWAY_URL: info.gatewayUrl },
		timeoutMs: CLONE_TIMEOUT_MS,
	});
	if (result.exitCode !== 0) {
		if (!repository) throw new AppError("sandbox_unusable", "The sandbox's home cannot be written.");
		throw toCloneError(result.exitCode, fullName, base, lastLine(result.stderr));
	}
	await updateSandbox(deps.db, row.id, { branch, cloned_at: new Date(deps.now()) });
}

/** For bash. */
function quote(word: string): string {
	return `'${word.replaceAll("'", `'\\''`)}'`;
}

function lastLine(text: string): string {
	return (text.trim().split("\n").at(-1) ?? "").slice(0, 300);
}
