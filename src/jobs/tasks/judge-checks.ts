import { AppError } from "../../errors.ts";
import type { Log } from "../../log.ts";
import { createJudgeChecks, type JudgeChecksDeps } from "../../sessions/checks/judge-checks.ts";
import { judgeChecksJob } from "../queue.ts";
import { defineTask, type Task } from "../worker.ts";

/** Finds out why checks of a pull request of ours fail, and has what we broke mended. */
export function createJudgeChecksTask(deps: JudgeChecksDeps & { log: Log }): Task {
	const judgeChecks = createJudgeChecks(deps);
	return defineTask(judgeChecksJob, async ({ pullRequestId }, { signal }) => {
		try {
			const { outcome } = await judgeChecks({ pullRequestId, signal });
			deps.log.debug({ pullRequestId, outcome }, "checks were looked at");
		} catch (error) {
			if (!(error instanceof AppError) || error.retryable) throw error;
			// People see the failing check at GitHub and in the thread all the same.
			deps.log.warn({ err: error, pullRequestId }, "checks could not be looked at");
		}
	});
}
