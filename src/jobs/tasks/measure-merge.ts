import type { Db } from "../../db/client.ts";
import { AppError } from "../../errors.ts";
import type { Log } from "../../log.ts";
import { createMeasureMerge, type MergeHost } from "../../stats/measure-merge.ts";
import { measureMergeJob } from "../queue.ts";
import { defineTask, type Task } from "../worker.ts";

/** Counts the lines of a pull request that was merged. */
export function createMeasureMergeTask(deps: { db: Db; github: MergeHost; log: Log }): Task {
	const measureMerge = createMeasureMerge(deps);
	return defineTask(measureMergeJob, async ({ repositoryId, number }) => {
		try {
			await measureMerge({ repositoryId, number });
		} catch (error) {
			if (!(error instanceof AppError) || error.retryable) throw error;
			deps.log.warn({ err: error, repositoryId, number }, "a merge could not be measured");
		}
	});
}
