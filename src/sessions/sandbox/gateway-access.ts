import type { Db } from "../../db/client.ts";
import { AppError } from "../../errors.ts";
import type { Access } from "../../people/access.ts";
import { suffices } from "../../people/decide-access.ts";
import { toBranchPrefix } from "../names.ts";
import { insertModelCall, type ModelCall } from "../turn/model-call-store.ts";
import { findByTokenHash } from "./sandbox-store.ts";

export interface GatewayAccess {
	/** Who stands behind a gateway token (SHA-256, hex). Null: nobody, or its sandbox is gone. */
	findSandbox(tokenHash: string): Promise<{
		sandboxId: string;
		sessionId: string;
		promptId: string | null;
		repository: { owner: string; name: string } | null;
		/** `owner/name` each. */
		formerNames: string[];
		/** It may only be read, or not be used at all any more. */
		trouble: "archived" | "withdrawn" | null;
		branchPrefix: string;
		/** Somebody's branch that the session was asked to work on. */
		adoptedBranch: string | null;
		/** No session has it: it may fetch its repository, no more. */
		isReadOnly: boolean;
		/**
		 * Whether whoever's turn runs, or ran last, may do so in the repository.
		 *
		 * @throws AppError `access_unknown` (retryable)
		 */
		mayDo(need: "read" | "write"): Promise<boolean>;
	} | null>;
	recordModelCall(call: ModelCall): Promise<void>;
}

/** What the gateway asks the domain. A warm sandbox that no session has claimed yet stands for itself. */
export function createGatewayAccess(deps: { db: Db; access: Pick<Access, "permissionOf"> }): GatewayAccess {
	async function mayDo(
		row: NonNullable<Awaited<ReturnType<typeof findByTokenHash>>>,
		need: "read" | "write",
	): Promise<boolean> {
		const { author_id: personId, origin, repository_id: repositoryId } = row;
		if (repositoryId === null) return false;
		// Before a first turn there is nobody yet: what Bobbin brings there itself is fetched.
		if (personId === null) return origin?.kind === "bobbin" || (origin === null && need === "read");
		try {
			return suffices(await deps.access.permissionOf({ personId, repositoryId }), need);
		} catch (error) {
			// What it is refused for then is said by whoever looks at the repository itself.
			if (error instanceof AppError && error.code === "repository_not_found") return true;
			throw error;
		}
	}

	return {
		async findSandbox(tokenHash) {
			const row = await findByTokenHash(deps.db, tokenHash);
			if (!row) return null;
			const sessionId = row.session_id ?? row.id;
			return {
				sandboxId: row.id,
				sessionId,
				promptId: row.prompt_id,
				repository: row.owner === null || row.name === null ? null : { owner: row.owner, name: row.name },
				formerNames: row.former_names ?? [],
				trouble: row.removed_at !== null ? "withdrawn" : row.archived === true ? "archived" : null,
				branchPrefix: toBranchPrefix(sessionId),
				// What is the default branch now may not have been when it was asked.
				adoptedBranch: row.adopted_branch === row.default_branch ? null : row.adopted_branch,
				isReadOnly: row.session_id === null,
				mayDo: (need) => mayDo(row, need),
			};
		},
		recordModelCall: (call) => insertModelCall(deps.db, call),
	};
}
