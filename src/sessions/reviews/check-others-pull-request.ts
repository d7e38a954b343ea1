import type { Db } from "../../db/client.ts";
import type { PullRequestNow } from "../ports.ts";
import { findToldRepository, type ToldRepository } from "../pull-requests/pull-request-life-store.ts";
import type { ReviewDecision } from "./independent-review.ts";
import { CHECK_NAME, type ReviewHost } from "./independent-review-check.ts";
import { createJudgeReviews } from "./judge-reviews.ts";
import { findSessionsBehind } from "./review-store.ts";

const NOBODY_PROMPTED: ReviewDecision = {
	conclusion: "neutral",
	title: "Nobody prompted this, so it needs nobody else",
	summary:
		"Bobbin has no part in this pull request. The check is here because a repository that requires it requires it of every pull request.",
};

/**
 * Says at the head of a pull request that is none of ours that the check does not hold it up: a repository can require a
 * check of all pull requests only. Where a session pushed to its branch, or made that commit, it is judged like ours.
 * Everything is read anew, so it may be done again.
 */
export function createCheckOthersPullRequest(deps: { db: Db; github: ReviewHost }) {
	const { db, github } = deps;
	const judgeReviews = createJudgeReviews(deps);

	/** `now`: left out, it is read. */
	return async function checkOthersPullRequest(input: {
		repository: ToldRepository;
		number: number;
		now?: PullRequestNow;
	}): Promise<void> {
		const { number } = input;
		const repository = await findToldRepository(db, input.repository);
		if (!repository || repository.installation_id === null || repository.removed_at !== null) return;
		const place = {
			...{ owner: repository.owner, name: repository.name },
			installationId: repository.installation_id,
		};
		const now = input.now ?? (await github.readPullRequest({ ...place, number }));
		if (now.state !== "open") return;
		const { headSha } = now;
		const sessionIds = await findSessionsBehind(db, { repositoryId: repository.id, ...now });
		const decision =
			sessionIds.length === 0
				? NOBODY_PROMPTED
				: (
						await judgeReviews({
							...{ place, headSha, sessionIds },
							reviews: await github.listReviews({ ...place, number }),
						})
					).decision;
		await github.publishCheck({
			...{ owner: repository.owner, name: repository.name, ...decision, headSha },
			...{ checkName: CHECK_NAME, externalId: `${repository.id}#${number}` },
		});
	};
}
