import { runPromptJob } from "../../src/jobs/queue.ts";
import { defineTask } from "../../src/jobs/worker.ts";
import { createRunPrompt } from "../../src/sessions/turn/run-prompt.ts";
import { createSessionControl } from "../../src/sessions/turn/session-control.ts";
import type { Core } from "./sessions.ts";

type RunDeps = Parameters<typeof createRunPrompt>[0];
type Task = ReturnType<typeof defineTask>;
type Outside = Pick<RunDeps, "sandboxes" | "connectAgent"> & Partial<RunDeps>;

/** Lets a core run prompts, and `more`; what is outside of it is asked for anew at each, and everything can be replaced. */
export async function runPrompts(
	core: Core,
	outside: () => Outside,
	more: Task[] = [],
	concurrency = runPromptJob.concurrency,
): Promise<void> {
	// What a session is told is listened for from the start.
	const control = createSessionControl({ listener: core.listener });
	await core.listener.start();
	const run = defineTask({ ...runPromptJob, concurrency }, ({ sessionId }, { signal }) =>
		createRunPrompt({
			...core,
			db: core.database.db,
			enqueue: core.jobs.enqueue,
			control,
			newToken: () => `token-${core.newId()}`,
			fetchFile: async () => new Uint8Array(),
			progress: { follow: () => ({ stop: async () => {} }) },
			settlePullRequests: async () => {},
			...outside(),
		})({ sessionId, signal }),
	);
	await core.jobs.work([run, ...more]);
}
