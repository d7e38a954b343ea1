import { expect, test } from "vitest";
import { decideTests } from "../../src/sessions/attempts/decide-tests.ts";

const ran = (command: string, exitCode: number) => ({ command, exitCode });
const of = (known: Partial<Parameters<typeof decideTests>[0]>) =>
	decideTests({ checks: null, commands: ["npm test"], runs: [], answer: null, ...known });

test("GitHub's checks count before anything else", () => {
	expect(of({ checks: "failing", runs: [ran("npm test", 0)] })).toEqual({ by: "checks", state: "failing" });
});

test.each<[string, ReturnType<typeof ran>[], "passing" | "failing" | null]>([
	["as it ended last", [ran("npm test", 1), ran("npm test", 0)], "passing"],
	["also where it failed last", [ran("npm test", 0), ran("npm test", 1)], "failing"],
	["wherever it was run", [ran("cd packages/cart && npm test", 0)], "passing"],
	["not where another program ended last", [ran("npm test | tail -5", 0), ran("npm test; true", 0)], null],
	["not for another command", [ran("npm run lint", 0)], null],
])("the repository's test command counts %s", (_title, runs, state) => {
	expect(of({ runs })).toEqual(state === null ? null : { by: "command", state, command: "npm test" });
});

test("of several test commands all must have passed, and one that failed is named", () => {
	const commands = ["npm test", "npm run e2e"];
	expect(of({ commands, runs: [ran("npm test", 0)] })).toBeNull();
	expect(of({ commands, runs: [ran("npm test", 0), ran("npm run e2e", 0)] })).toMatchObject({
		state: "passing",
	});
	expect(of({ commands, runs: [ran("npm run e2e", 3)] })).toEqual({
		...{ by: "command", state: "failing", command: "npm run e2e" },
	});
});

test.each([
	[
		"I rounded once.\n\n- **27 of 29 tests pass**; two were broken before.",
		"27 of 29 tests pass; two were broken before.",
	],
	["Done. The test suite is green. See #7.", "The test suite is green."],
	["`npm test -- *_spec.ts` _passes_.", "npm test -- *_spec.ts passes."],
	["I added a test for it.", null],
	["It fails softly now.", null],
])("else what the agent says of tests: %j", (answer, words) => {
	expect(of({ answer })).toEqual(words === null ? null : { by: "agent", words });
});
