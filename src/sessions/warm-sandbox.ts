import { AppError } from "../errors.ts";
import { ensureCheckout, toDirectory } from "./ensure-checkout.ts";
import type { EnsureSandboxDeps } from "./ensure-sandbox.ts";
import type { PrepareAgent } from "./ports.ts";
import { findRepository } from "./repository-store.ts";
import { insertSandbox, updateSandbox } from "./sandbox-store.ts";
import { startSandbox } from "./start-sandbox.ts";

/**
 * Prepares a sandbox that nobody has asked for yet: created, cloned at the default branch, agent warmed. The next
 * session on the repository claims it.
 *
 * @throws AppError `repository_not_found`, SandboxError
 */
export async function prepareWarmSandbox(
	deps: EnsureSandboxDeps & { prepareAgent: PrepareAgent },
	repositoryId: string,
	signal: AbortSignal,
): Promise<{ sandboxId: string }> {
	const repository = await findRepository(deps.db, repositoryId);
	if (!repository) throw new AppError("repository_not_found", "There is no such repository.");
	const id = deps.newId();
	const row = await insertSandbox(deps.db, {
		id,
		session_id: null,
		repository_id: repositoryId,
		provider: deps.sandboxes.name,
		name: `bobbin-warm-${id.slice(0, 8)}`,
		token_hash: deps.newToken(),
	});
	const sandbox = await startSandbox(deps, row, signal);
	const base = repository.default_branch;
	await ensureCheckout(deps, sandbox, { repository, base, branch: base });
	await deps.prepareAgent(
		{ sandbox: sandbox.info, directory: toDirectory(sandbox), gatewayToken: sandbox.gatewayToken },
		signal,
	);
	await updateSandbox(deps.db, id, { state: "warm" });
	return { sandboxId: id };
}
