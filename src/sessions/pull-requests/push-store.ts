import type { Tx } from "../../db/client.ts";

export interface PushRow {
	id: string;
	branch: string;
	/** null: the branch was not there. */
	beforeSha: string | null;
	sha: string;
}

export async function insertPushes(
	tx: Tx,
	of: { sessionId: string; promptId: string | null; repositoryId: string; at: Date },
	pushes: PushRow[],
): Promise<void> {
	await tx
		.insertInto("pushes")
		.values(
			pushes.map(({ id, branch, beforeSha, sha }) => ({
				...{ id, branch, sha, at: of.at },
				session_id: of.sessionId,
				prompt_id: of.promptId,
				repository_id: of.repositoryId,
				before_sha: beforeSha,
			})),
		)
		.execute();
}

/** GitHub did not take them. */
export async function deletePushes(tx: Tx, ids: string[]): Promise<void> {
	if (ids.length > 0) await tx.deleteFrom("pushes").where("id", "in", ids).execute();
}
