import { AppError } from "../../errors.ts";
import type { Log } from "../../log.ts";
import { createDescribePullRequest } from "../../sessions/pull-requests/describe-pull-request.ts";
import { describePullRequestJob } from "../queue.ts";
import { defineTask, type Task } from "../worker.ts";

/** Brings Bobbin's part of a pull request's text up to date. */
export function createDescribePullRequestTask(
	deps: Parameters<typeof createDescribePullRequest>[0] & { log: Log },
): Task {
	const describe = createDescribePullRequest(deps);
	return defineTask(describePullRequestJob, async ({ pullRequestId }) => {
		try {
			await describe(pullRequestId);
		} catch (error) {
			if (!(error instanceof AppError) || error.retryable) throw error;
			// Its text is older than it could be, and nothing depends on it.
			deps.log.warn({ err: error, pullRequestId }, "a pull request's text could not be brought up to date");
		}
	});
}
