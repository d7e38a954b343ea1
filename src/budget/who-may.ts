import type { BudgetScope } from "../contract/budget.ts";
import type { Db } from "../db/client.ts";
import type { Access } from "../people/access.ts";
import { suffices } from "../people/decide-access.ts";
import { isAdmin } from "../people/roles.ts";

/** A cap as far as it matters whose it is. */
export interface OwnedCap {
	scope: BudgetScope;
	subject: string;
	/** Of the prompt's or session's work; null: none. */
	repositoryId: string | null;
	/** Where it is asked about; null: not in Slack. */
	teamId: string | null;
}

/**
 * Who may raise or set a cap: of prompts and sessions whoever may write to the repository, of a person that person or an
 * admin, of channels and workspaces an admin. null: this person may; otherwise words for who may.
 *
 * @throws AppError `access_unknown` (retryable)
 */
export async function findWhoMay(
	deps: { db: Db; access: Pick<Access, "permissionOf"> },
	{ scope, subject, repositoryId, teamId }: OwnedCap,
	personId: string,
): Promise<string | null> {
	switch (scope) {
		case "prompt":
		case "session": {
			if (repositoryId === null) return null;
			const permission = await deps.access.permissionOf({ personId, repositoryId });
			return suffices(permission, "write")
				? null
				: "Only who may write to the repository can decide what this may cost.";
		}
		case "person": {
			if (personId === subject) return null;
			return teamId !== null && (await isAdmin(deps.db, { personId, teamId }))
				? null
				: "Only whose budget it is, or an admin of this workspace, can decide what this may cost.";
		}
		case "channel":
		case "workspace":
			return (await isAdmin(deps.db, { personId, teamId: subject.split(":")[0] ?? "" }))
				? null
				: "Only an admin of this workspace can decide what this may cost.";
		default:
			return scope satisfies never;
	}
}
