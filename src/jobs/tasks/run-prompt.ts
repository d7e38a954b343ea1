import type { SandboxProvider } from "../../../sandbox/provider.ts";
import type { AgentDriver } from "../../agent/agent.ts";
import { createRunPrompt, type RunPromptDeps } from "../../sessions/turn/run-prompt.ts";
import { runPromptJob } from "../queue.ts";
import { defineTask, type Task } from "../worker.ts";

/** Runs a session's next prompt with an agent in a sandbox. */
export function createRunPromptTask(
	deps: Omit<RunPromptDeps, "sandboxes" | "connectAgent"> & {
		provider: SandboxProvider;
		driver: AgentDriver;
		model: string;
		/** Those that people may choose instead. */
		models: readonly string[];
		fastModel: string;
	},
): Task {
	const { provider, driver, model, models, fastModel } = deps;
	const runPrompt = createRunPrompt({
		...deps,
		sandboxes: provider,
		connectAgent: (target, signal) =>
			driver.connect({ model, models, fastModel, ...target, provider }, signal),
	});
	return defineTask(runPromptJob, ({ sessionId }, { signal }) => runPrompt({ sessionId, signal }));
}
