import type { PromptStatus, SessionStatus } from "../../contract/session.ts";

interface OpenPrompt {
	id: string;
	number: number;
	status: PromptStatus;
	attempt: number;
	stopRequested: boolean;
	/** Its author must do something first. */
	isHeld: boolean;
	/** People decide whether it may cost more: until then nothing else of the session begins. */
	isPaused?: boolean;
}

export type NextStep =
	/** Nothing may run, or there is nothing to run. */
	| { do: "nothing" }
	| { do: "start"; promptId: string; attempt: number }
	/** An earlier owner began it: attach to the agent, which may be at work still. */
	| { do: "resume"; promptId: string; attempt: number }
	/** An earlier owner began it and a person stopped it meanwhile. */
	| { do: "finish_stopped"; promptId: string; attempt: number };

/** What a run that has just claimed a session does. Prompts run in their order, one at a time; held ones are passed over. */
export function decideNextStep(state: {
	status: SessionStatus;
	/** On its way to another repository: nothing begins in the old one. */
	isMoving?: boolean;
	/** What runs waits for people. */
	isResting?: boolean;
	prompts: OpenPrompt[];
}): NextStep {
	if (state.status === "routing" || state.status === "asking") return { do: "nothing" };
	const inOrder = state.prompts.toSorted((a, b) => a.number - b.number);
	const running = inOrder.find((prompt) => prompt.status === "running");
	if (running && state.isResting) return { do: "nothing" };
	if (running) {
		return {
			do: running.stopRequested ? "finish_stopped" : "resume",
			promptId: running.id,
			attempt: running.attempt,
		};
	}
	if (state.isMoving || inOrder.some((prompt) => prompt.isPaused)) return { do: "nothing" };
	const queued = inOrder.find((prompt) => prompt.status === "queued" && !prompt.isHeld);
	return queued ? { do: "start", promptId: queued.id, attempt: queued.attempt + 1 } : { do: "nothing" };
}
