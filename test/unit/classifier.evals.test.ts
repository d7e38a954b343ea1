import { expect, test } from "vitest";
import { catalogue } from "../../classifier/evals/catalogue.ts";
import { runEvals } from "../../classifier/evals/run.ts";
import { threads } from "../../classifier/evals/threads.ts";
import type { FastModel } from "../../classifier/fast-model.ts";

const write = () => {};

function alwaysSaying(input: unknown): FastModel {
	return { name: "test", ask: async () => ({ outcome: "answered", input }) };
}

test("labels at least 80 threads over at least 20 described repositories, each once", () => {
	expect(threads.length).toBeGreaterThanOrEqual(80);
	expect(new Set(threads.map(({ id }) => id)).size).toBe(threads.length);
	expect(catalogue.length).toBeGreaterThanOrEqual(20);
	const names = catalogue.map(({ name }) => name);
	for (const { expected } of threads) {
		if ("repository" in expected) expect(names).toContain(expected.repository);
		if ("ask" in expected) expect(names).toEqual(expect.arrayContaining(expected.candidates ?? []));
	}
	expect(catalogue.every(({ description, hints }) => description !== "" && hints !== "")).toBe(true);
});

test("the rules alone never choose wrongly", async () => {
	const lines: string[] = [];
	const result = await runEvals({ model: null, kind: "rules", write: (line) => lines.push(line) });
	expect(lines.filter((line) => line.startsWith("WRONG"))).toEqual([]);
	expect(result).toMatchObject({ total: threads.length, wrongRate: 0, passed: true });
});

test("a model that is always sure of one repository does not pass", async () => {
	const model = alwaysSaying({
		decision: "repository",
		repository: "orchard/infra",
		confidence: 1,
		reason: "Always.",
		candidates: [],
	});
	const result = await runEvals({ model, kind: "scripted", write });
	expect(result.passed).toBe(false);
	expect(result.wrongRate).toBeGreaterThan(0.4);
	expect(result.score).toBeLessThan(0);
});

test("a model that never knows asks without need, which is not wrong but does not pass", async () => {
	const model = alwaysSaying({
		decision: "unknown",
		repository: null,
		confidence: 0,
		reason: "No idea.",
		candidates: [],
	});
	const result = await runEvals({ model, kind: "real", write });
	expect(result).toMatchObject({ wrongRate: 0, passed: false });
});
