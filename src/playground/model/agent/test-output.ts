/** What a test run's output says. */
export interface TestResult {
	total: number;
	failed: number;
	failedNames: string[];
}

/** Reads the summary that `node --test` (spec or TAP) or `python -m unittest` prints. Null: there is none. */
export function readTestOutput(output: string): TestResult | null {
	return readNode(output) ?? readUnittest(output);
}

function readNode(output: string): TestResult | null {
	const count = (word: string) => new RegExp(`^(?:ℹ|#) ${word} (\\d+)$`, "m").exec(output)?.[1];
	const total = count("tests");
	const failed = count("fail");
	if (total === undefined || failed === undefined) return null;
	const names = [...output.matchAll(/^\s*(?:✖|not ok \d+ -) (.+?)(?: \([\d.]+ms\))?$/gm)]
		.map(([, name]) => name ?? "")
		.filter((name) => name !== "failing tests:");
	return { total: Number(total), failed: Number(failed), failedNames: [...new Set(names)] };
}

function readUnittest(output: string): TestResult | null {
	const total = /^Ran (\d+) tests? in/m.exec(output)?.[1];
	if (total === undefined) return null;
	const names = [...output.matchAll(/^(?:FAIL|ERROR): (\w+)/gm)].map(([, name]) => name ?? "");
	return { total: Number(total), failed: names.length, failedNames: [...new Set(names)] };
}

/** "all 29 tests pass", "2 of 29 tests fail". */
export function describeTests(result: TestResult | null): string {
	if (!result) return "the tests could not be run here";
	if (result.failed === 0) return `all ${result.total} tests pass`;
	return `${result.failed} of ${result.total} tests ${result.failed === 1 ? "fails" : "fail"}`;
}
