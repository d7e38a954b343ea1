import { expect, it } from "vitest";
import { toStartup } from "../../src/sessions/turn/to-startup.ts";

const measured = {
	sandbox: "warm" as const,
	steps: [
		{ step: "sandbox" as const, startedAtMs: 1_020, endedAtMs: 1_050 },
		{ step: "agent" as const, startedAtMs: 1_050, endedAtMs: 1_150 },
		{ step: "prompt" as const, startedAtMs: 1_150, endedAtMs: 1_200 },
		{ step: "sync" as const, startedAtMs: 1_051, endedAtMs: 1_900 },
	],
};

it("draws a start from the queue to the first request, steps beside each other included", () => {
	const marks = { queuedAtMs: 1_000, routedAtMs: null, startedAtMs: 1_010, requestedAtMs: 1_300 };
	expect(toStartup(measured, marks)).toEqual({
		totalMs: 300,
		sandbox: "warm",
		steps: [
			{ step: "queue", startMs: 0, durationMs: 10 },
			{ step: "sandbox", startMs: 20, durationMs: 30 },
			{ step: "agent", startMs: 50, durationMs: 100 },
			{ step: "sync", startMs: 51, durationMs: 849 },
			{ step: "prompt", startMs: 150, durationMs: 50 },
			{ step: "request", startMs: 200, durationMs: 100 },
		],
	});
});

it("counts to the hand-over while no request is known", () => {
	const marks = { queuedAtMs: 1_000, routedAtMs: null, startedAtMs: 1_010, requestedAtMs: null };
	expect(toStartup(measured, marks)).toMatchObject({ totalMs: 200 });
	expect(toStartup(measured, marks).steps.map(({ step }) => step)).not.toContain("request");
});

it("shows how long finding the repository took, for the prompt that needed it", () => {
	const marks = { queuedAtMs: 0, routedAtMs: 900, startedAtMs: 1_010, requestedAtMs: null };
	expect(toStartup(measured, marks).steps.slice(0, 2)).toEqual([
		{ step: "route", startMs: 0, durationMs: 900 },
		{ step: "queue", startMs: 900, durationMs: 110 },
	]);
	const later = toStartup(measured, { ...marks, queuedAtMs: 950 });
	expect(later.steps[0]).toEqual({ step: "queue", startMs: 0, durationMs: 60 });
});

it("has no negative times where clocks of two instances differ", () => {
	const marks = { queuedAtMs: 1_100, routedAtMs: null, startedAtMs: 1_010, requestedAtMs: 1_120 };
	const { totalMs, steps } = toStartup(measured, marks);
	expect(Math.min(totalMs, ...steps.flatMap(({ startMs, durationMs }) => [startMs, durationMs]))).toBe(0);
});
