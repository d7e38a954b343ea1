import type { LoggedEvent, StartupStep } from "../../src/contract/event.ts";

/** In the order in which a prompt passes them; clone or sync and agent may lie side by side. */
export const PHASES = [
	"accept",
	"route",
	"claim",
	"sandbox",
	"clone",
	"sync",
	"agent",
	"prompt",
	"model request",
] as const;
export type Phase = (typeof PHASES)[number];

/**
 * Where the time from a session's newest prompt to its first model request went, in milliseconds. `accept`: until it is
 * kept; `route`: until the repository is known (first prompt only); `claim`: until its job runs; then the timed steps of
 * the run; `model request`: from the agent having the prompt to its request.
 */
export function splitStartup(input: {
	events: LoggedEvent[];
	postedAtMs: number;
	requestedAtMs: number;
}): Record<Phase, number> {
	const events = input.events.slice(input.events.findLastIndex(({ type }) => type === "prompt.queued"));
	// Events carry the wall clock, measurements the steady one.
	const at = (event: LoggedEvent | undefined) =>
		event === undefined ? Number.NaN : Date.parse(event.at) - performance.timeOrigin;
	const first = (type: LoggedEvent["type"]) => at(events.find((event) => event.type === type));
	const step = (name: StartupStep) =>
		events.find((e) => e.type === "startup.step" && e.data.step === name && e.data.state === "done");
	const durationMs = (name: StartupStep) => {
		const event = step(name);
		return event?.type === "startup.step" ? (event.data.durationMs ?? Number.NaN) : Number.NaN;
	};
	const queuedAtMs = first("prompt.queued");
	const routedAtMs = first("session.routed");
	return {
		accept: queuedAtMs - input.postedAtMs,
		route: routedAtMs - queuedAtMs,
		claim: first("prompt.started") - (Number.isNaN(routedAtMs) ? queuedAtMs : routedAtMs),
		sandbox: durationMs("sandbox"),
		clone: durationMs("clone"),
		sync: durationMs("sync"),
		agent: durationMs("agent"),
		prompt: durationMs("prompt"),
		"model request": input.requestedAtMs - at(step("prompt")),
	};
}
