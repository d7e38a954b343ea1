import { createCloseAttempt } from "../../sessions/attempts/close-attempt.ts";
import { closeAttemptJob } from "../queue.ts";
import { defineTask, type Task } from "../worker.ts";

/** Ends an attempt that was not picked. */
export function createCloseAttemptTask(deps: Parameters<typeof createCloseAttempt>[0]): Task {
	const closeAttempt = createCloseAttempt(deps);
	return defineTask(closeAttemptJob, (payload) => closeAttempt(payload));
}
