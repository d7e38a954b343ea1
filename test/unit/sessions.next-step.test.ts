import { expect, it } from "vitest";
import type { PromptStatus, SessionStatus } from "../../src/contract/session.ts";
import { decideNextStep } from "../../src/sessions/queue/next-step.ts";

const prompt = (number: number, status: PromptStatus, attempt = 0, stopRequested = false) => ({
	id: `p${number}`,
	number,
	status,
	attempt,
	stopRequested,
	isHeld: false,
});
const held = (number: number) => ({ ...prompt(number, "queued"), isHeld: true });

it.each<[string, SessionStatus, ReturnType<typeof prompt>[], ReturnType<typeof decideNextStep>]>([
	["waits while the repository is found out", "routing", [prompt(1, "queued")], { do: "nothing" }],
	["waits while a person is asked", "asking", [prompt(1, "queued")], { do: "nothing" }],
	["does nothing with an empty queue", "ready", [], { do: "nothing" }],
	[
		"starts the lowest number",
		"ready",
		[prompt(3, "queued"), prompt(2, "queued")],
		{ do: "start", promptId: "p2", attempt: 1 },
	],
	[
		"counts a retry as a new attempt",
		"ready",
		[prompt(1, "queued", 2)],
		{ do: "start", promptId: "p1", attempt: 3 },
	],
	[
		"carries on what runs, before anything older that waits",
		"ready",
		[prompt(1, "queued"), prompt(2, "running", 1)],
		{ do: "resume", promptId: "p2", attempt: 1 },
	],
	[
		"ends what was stopped meanwhile",
		"ready",
		[prompt(1, "running", 1, true), prompt(2, "queued")],
		{ do: "finish_stopped", promptId: "p1", attempt: 1 },
	],
	["does nothing while everything is held", "ready", [held(1), held(2)], { do: "nothing" }],
	[
		"passes over what is held",
		"ready",
		[held(1), prompt(2, "queued")],
		{ do: "start", promptId: "p2", attempt: 1 },
	],
	[
		"runs a follow-up after the end",
		"ended",
		[prompt(1, "queued")],
		{ do: "start", promptId: "p1", attempt: 1 },
	],
])("%s", (_title, status, prompts, expected) => {
	expect(decideNextStep({ status, prompts })).toEqual(expected);
});

it("leaves alone what waits for people, and what is behind it", () => {
	const waiting = [prompt(1, "running", 1), prompt(2, "queued")];
	expect(decideNextStep({ status: "ready", isResting: true, prompts: waiting })).toEqual({ do: "nothing" });
});
