import { AppError } from "../../errors.ts";
import type { Log } from "../../log.ts";
import { type CheckReviewDeps, createCheckReview } from "../../sessions/reviews/independent-review-check.ts";
import { checkReviewJob } from "../queue.ts";
import { defineTask, type Task } from "../worker.ts";

/** Says at GitHub whether somebody who did not prompt has approved a pull request. */
export function createCheckReviewTask(deps: CheckReviewDeps & { log: Log }): Task {
	const checkReview = createCheckReview(deps);
	return defineTask(checkReviewJob, async ({ pullRequestId }, { signal }) => {
		try {
			await checkReview({ pullRequestId, signal });
		} catch (error) {
			if (!(error instanceof AppError) || error.retryable) throw error;
			// Without the check a merge waits where it is required, so nothing is let through.
			deps.log.warn({ err: error, pullRequestId }, "the review check could not be made");
		}
	});
}
