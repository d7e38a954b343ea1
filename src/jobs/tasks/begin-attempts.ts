import { createBeginAttempts } from "../../sessions/attempts/begin-attempts.ts";
import { beginAttemptsJob } from "../queue.ts";
import { defineTask, type Task } from "../worker.ts";

/** Begins the further attempts at a request, once it is known which repository is meant. */
export function createBeginAttemptsTask(deps: Parameters<typeof createBeginAttempts>[0]): Task {
	const beginAttempts = createBeginAttempts(deps);
	return defineTask(beginAttemptsJob, ({ sessionId }) => beginAttempts(sessionId));
}
