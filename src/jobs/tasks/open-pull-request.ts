import type { PullRequests } from "../../sessions/pull-requests/open-pull-request.ts";
import { openPullRequestJob } from "../queue.ts";
import { defineTask, type Task } from "../worker.ts";

/** Carries on the opening of a pull request until GitHub has taken or refused it. */
export function createOpenPullRequestTask(deps: { pullRequests: Pick<PullRequests, "carryOn"> }): Task {
	return defineTask(openPullRequestJob, ({ pullRequestId }) => deps.pullRequests.carryOn(pullRequestId));
}
