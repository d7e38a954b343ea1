import type { Db } from "../../db/client.ts";
import { findToldRepository, type ToldRepository } from "../pull-requests/pull-request-life-store.ts";
import { CHECK_NAME, type ReviewHost } from "./independent-review-check.ts";

/**
 * Lets a merge queue's own commit pass: a check that a repository requires is required of it too, and each of its pull
 * requests had to pass before it was queued. May be done again.
 */
export function createCheckMergeGroup(deps: { db: Db; github: Pick<ReviewHost, "publishCheck"> }) {
	return async function checkMergeGroup(of: { repository: ToldRepository; sha: string }): Promise<void> {
		const repository = await findToldRepository(deps.db, of.repository);
		if (!repository || repository.removed_at !== null) return;
		await deps.github.publishCheck({
			...{ owner: repository.owner, name: repository.name, headSha: of.sha },
			...{ checkName: CHECK_NAME, externalId: `merge-group:${of.sha}` },
			conclusion: "success",
			title: "Checked before it was queued",
			summary: "Each pull request of this group passed this check before the merge queue took it.",
		});
	};
}
