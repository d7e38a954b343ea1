import type { SandboxInfo } from "../../sandbox/provider.ts";
import type { Db } from "../db/client.ts";
import { AppError } from "../errors.ts";
import type {
	RepositoryAddress,
	RepositoryLimits,
	RepositoryState,
} from "../sessions/routing/repository-trouble.ts";
import { ensureCheckout, toDirectory } from "../sessions/sandbox/ensure-checkout.ts";
import { ensureToken } from "../sessions/sandbox/gateway-token.ts";
import type { SandboxRow } from "../sessions/sandbox/sandbox-store.ts";
import type { BuildPlace } from "./ports.ts";

const LOOK_LIMIT_MS = 30_000;

export interface PreparedBuilder {
	directory: string;
	commitSha: string;
	hasRecipeFile: boolean;
	gatewayToken: string;
}

/**
 * Gives a builder its token and clones the default branch into it.
 *
 * @throws AppError with what the clone found, SandboxError
 */
export async function prepareBuilder(
	deps: {
		db: Db;
		sandboxes: BuildPlace;
		now: () => number;
		newToken: () => string;
		repositoryLimits?: RepositoryLimits;
	},
	row: SandboxRow,
	info: SandboxInfo,
	repository: RepositoryAddress & Partial<RepositoryState> & { default_branch: string },
): Promise<PreparedBuilder> {
	const gatewayToken = await ensureToken(deps, row, info);
	const branch = repository.default_branch;
	const { commitSha } = await ensureCheckout(deps, { row, info }, { repository, base: branch, branch });
	if (commitSha === null) throw new AppError("clone_failed", "The clone has no commit.", { retryable: true });
	const directory = toDirectory({ info });
	const looked = await deps.sandboxes.exec(info.id, {
		command: "test -f .bobbin.yml",
		cwd: directory,
		timeoutMs: LOOK_LIMIT_MS,
	});
	return { directory, commitSha, hasRecipeFile: looked.exitCode === 0, gatewayToken };
}
