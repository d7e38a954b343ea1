import type { Startup } from "../../db/schema/prompts.ts";
import type { MeasuredStart } from "./startup-clock.ts";

/** When a prompt came to where, on the wall clock. Milliseconds since 1970. */
export interface StartMarks {
	queuedAtMs: number;
	/** When its session's repository was settled. */
	routedAtMs: number | null;
	startedAtMs: number;
	/** When its first request for the model came to the gateway; null: not yet. */
	requestedAtMs: number | null;
}

/**
 * The waterfall of a turn's start, in the order in which its steps began: `route` until the repository was known,
 * `queue` until its run began, the measured steps, `request` from the agent's having the prompt to its first request.
 */
export function toStartup(measured: MeasuredStart, marks: StartMarks): Startup {
	const { queuedAtMs, startedAtMs, requestedAtMs } = marks;
	const isRouted = marks.routedAtMs !== null && marks.routedAtMs > queuedAtMs;
	const readyAtMs = isRouted ? Math.min(marks.routedAtMs ?? queuedAtMs, startedAtMs) : queuedAtMs;
	const steps: Startup["steps"] = [];
	const add = (step: string, fromMs: number, toMs: number) =>
		steps.push({
			step,
			startMs: Math.max(0, fromMs - queuedAtMs),
			durationMs: Math.max(0, toMs - fromMs),
		});
	if (isRouted) add("route", queuedAtMs, readyAtMs);
	add("queue", readyAtMs, startedAtMs);
	for (const { step, startedAtMs: fromMs, endedAtMs } of measured.steps) add(step, fromMs, endedAtMs);
	const sentAtMs = measured.steps.find(({ step }) => step === "prompt")?.endedAtMs ?? startedAtMs;
	if (requestedAtMs !== null) add("request", Math.min(sentAtMs, requestedAtMs), requestedAtMs);
	return {
		totalMs: Math.max(0, (requestedAtMs ?? sentAtMs) - queuedAtMs),
		sandbox: measured.sandbox,
		steps: steps.toSorted((a, b) => a.startMs - b.startMs),
	};
}
