import type { StartupStep } from "../../contract/event.ts";
import type { Startup } from "../../db/schema/prompts.ts";
import type { LogWriter } from "../log/event-log.ts";
import { untilAborted } from "./until-aborted.ts";

/** Times of a turn's start as they were measured. Milliseconds since 1970. */
export interface MeasuredStart {
	sandbox: Startup["sandbox"];
	steps: { step: StartupStep; startedAtMs: number; endedAtMs: number }[];
}

/** Times the steps before a turn's first model request, and tells them in the log. Steps may lie side by side. */
export interface StartupClock {
	/** @throws what `act` throws, or the signal's reason as soon as it aborts */
	step<Value>(name: StartupStep, signal: AbortSignal, act: () => Promise<Value>): Promise<Value>;
	/** Where the sandbox of the turn came from; the first attempt's counts. */
	cameFrom(sandbox: Startup["sandbox"]): void;
	/** Keeps what has been measured by now, once the agent has the prompt. Of a step that is repeated the first counts. */
	keep(): Promise<void>;
}

export function createStartupClock(deps: {
	writer: LogWriter;
	promptId: string;
	/** Must not throw. */
	store: (measured: MeasuredStart) => Promise<void>;
	now: () => number;
}): StartupClock {
	const { writer, promptId, now } = deps;
	const steps: MeasuredStart["steps"] = [];
	let from: Startup["sandbox"] | null = null;
	let storing = Promise.resolve();

	return {
		async step(name, signal, act) {
			const say = (state: "started" | "done", durationMs: number | null) =>
				writer.append({ type: "startup.step", data: { promptId, step: name, state, durationMs } });
			signal.throwIfAborted();
			const startedAtMs = now();
			say("started", null);
			const value = await untilAborted(act(), signal);
			const endedAtMs = now();
			say("done", endedAtMs - startedAtMs);
			if (steps.every(({ step }) => step !== name)) steps.push({ step: name, startedAtMs, endedAtMs });
			return value;
		},
		cameFrom(sandbox) {
			from ??= sandbox;
		},
		keep() {
			const sandbox = from;
			if (sandbox === null || steps.every(({ step }) => step !== "prompt")) return storing;
			// One after the other: the later one knows more.
			storing = storing.then(() => deps.store({ sandbox, steps: [...steps] }));
			return storing;
		},
	};
}
