import type { Db } from "../../db/client.ts";
import { AppError } from "../../errors.ts";
import type { Access } from "../../people/access.ts";
import type { Claim } from "../queue/claim-prompt.ts";
import { readRepository } from "../routing/repository-store.ts";
import { findTrouble, REPOSITORY_LIMITS } from "../routing/repository-trouble.ts";

/** `read`: the turn may look and answer; nothing of it reaches GitHub. */
export type TurnRight = "full" | "read";

/** Said alike of a repository that is not there and of one that is not theirs. */
const NO_ACCESS_WORDS = "I can't find a repository of that name that you may use.";

function noAccess(): AppError {
	return new AppError("no_access", NO_ACCESS_WORDS);
}

/**
 * The last door before a turn: what its author may do in the session's repository, as GitHub says now.
 *
 * @throws AppError `no_access`; `not_linked`, `access_unknown`, `repository_not_found` (retryable)
 */
export function createTurnDoor(deps: { db: Db; access: Pick<Access, "permissionOf"> }) {
	return async function decideTurnRight({ session, prompt }: Claim): Promise<TurnRight> {
		const { repository_id: repositoryId } = session;
		if (repositoryId === null) return "full";
		// What Bobbin does by itself it does as the App.
		if (prompt.author_id === null && prompt.origin.kind === "bobbin") return "full";
		if (prompt.author_id === null) throw noAccess();
		const permission = await deps.access
			.permissionOf({ personId: prompt.author_id, repositoryId })
			.catch(async (error: unknown) => {
				throw (await explainGone(error, repositoryId)) ?? error;
			});
		switch (permission) {
			case "admin":
			case "write":
				return "full";
			case "read":
				return "read";
			case "none":
				throw noAccess();
			case "unlinked":
				throw new AppError("not_linked", "Connect your GitHub account, then try again.", { retryable: true });
			default:
				return permission satisfies never;
		}
	};

	/** The session's thread names its repository anyway, so it may hear what became of it. */
	async function explainGone(error: unknown, repositoryId: string): Promise<AppError | null> {
		if (!(error instanceof AppError) || error.code !== "repository_not_found") return null;
		const repository = await readRepository(deps.db, repositoryId);
		return repository ? findTrouble(repository, REPOSITORY_LIMITS) : null;
	}
}
