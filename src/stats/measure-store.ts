import type { Tx } from "../db/client.ts";
import type { LineCount } from "./count-lines.ts";

/** The pull request of ours by this number, if it is one. */
export function findOurs(tx: Tx, place: { repositoryId: string; number: number }) {
	return tx
		.selectFrom("pull_requests")
		.select("id")
		.where("repository_id", "=", place.repositoryId)
		.where("number", "=", place.number)
		.executeTakeFirst();
}

/** What sessions pushed to a branch, oldest first. */
export function readPushes(
	tx: Tx,
	of: { repositoryId: string; branch: string },
): Promise<{ beforeSha: string | null; sha: string }[]> {
	return tx
		.selectFrom("pushes")
		.select(["before_sha as beforeSha", "sha"])
		.where("repository_id", "=", of.repositoryId)
		.where("branch", "=", of.branch)
		.orderBy("at")
		.execute();
}

/** Keeps what was counted, of a pull request of ours and of the repository; once more gives the same rows. */
export async function keepMeasures(
	tx: Tx,
	input: {
		repositoryId: string;
		number: number;
		pullRequestId: string | null;
		mergedAt: Date;
		/** Null: of another repository. */
		branch: string | null;
		base: string;
	} & LineCount,
): Promise<void> {
	const { addedLines, agentLines, survivingLines } = input;
	if (input.pullRequestId !== null)
		await tx
			.updateTable("pull_requests")
			.set({ added_lines: addedLines, agent_lines: agentLines, surviving_lines: survivingLines })
			.where("id", "=", input.pullRequestId)
			.execute();
	const { branch, base } = input;
	const columns = {
		...{ merged_at: input.mergedAt, branch, base },
		...{ added_lines: addedLines, agent_lines: survivingLines },
	};
	await tx
		.insertInto("merges")
		.values({ repository_id: input.repositoryId, number: input.number, ...columns })
		.onConflict((conflict) => conflict.columns(["repository_id", "number"]).doUpdateSet(columns))
		.execute();
}
