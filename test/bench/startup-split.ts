import type { LoggedEvent, StartupStep } from "../../src/contract/event.ts";

/** In the order in which a prompt passes them; clone and agent may lie side by side. */
export const PHASES = [
	"accept",
	"route",
	"claim",
	"sandbox",
	"clone",
	"agent",
	"prompt",
	"model request",
] as const;
export type Phase = (typeof PHASES)[number];

/**
 * Where the time from a mention to its first model request went, in milliseconds. `accept`: until the session is kept;
 * `route`: until its repository is known; `claim`: until its job runs; then the timed steps of the run; `model request`:
 * from the agent having the prompt to its request.
 */
export function splitStartup(input: {
	events: LoggedEvent[];
	postedAtMs: number;
	requestedAtMs: number;
}): Partial<Record<Phase, number>> {
	const { events } = input;
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
	return {
		accept: first("session.created") - input.postedAtMs,
		route: first("session.routed") - first("session.created"),
		claim: first("prompt.started") - first("session.routed"),
		sandbox: durationMs("sandbox"),
		clone: durationMs("clone"),
		agent: durationMs("agent"),
		prompt: durationMs("prompt"),
		"model request": input.requestedAtMs - at(step("prompt")),
	};
}
