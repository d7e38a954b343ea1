import { describe, expect, it, test } from "vitest";
import { tellFailure, toFailureKey } from "../../src/images/build-words.ts";

const failure = { step: "test", message: "`npm test` ended with exit code 1.", lastLines: [] as string[] };

describe("whether two failures are the same", () => {
	test.each([
		["the same words", {}, true],
		["other output", { lastLines: ["other"] }, true],
		["another step", { step: "build" }, false],
		["another command", { message: "`npm t` ended with exit code 1." }, false],
		["another exit code", { message: "`npm test` ended with exit code 2." }, false],
	])("%s", (_, other, isSame) => {
		expect(toFailureKey({ ...failure, ...other }) === toFailureKey(failure)).toBe(isSame);
	});

	it("does not depend on how long it took", () => {
		const keyAfter = (limit: string) =>
			toFailureKey({ step: "setup", message: `\`npm ci\` did not end within ${limit} and was ended.` });
		expect(keyAfter("10 minutes")).toBe(keyAfter("9 minutes"));
		expect(keyAfter("1.5 s")).toBe(keyAfter("300 ms"));
	});
});

describe("what a channel is told", () => {
	it("names repository, step and what is used meanwhile", () => {
		const { text, quote } = tellFailure("acme/shop", failure, true);
		expect(text).toContain('The image of acme/shop could not be built: the step "test" failed.');
		expect(text).toContain("The image from before stays in use.");
		expect(quote).toBeNull();
		expect(tellFailure("acme/shop", failure, false).text).toContain("begin without one");
	});

	it("quotes the last lines only", () => {
		const lastLines = Array.from({ length: 100 }, (_, line) => `line ${line}`);
		const { quote } = tellFailure("acme/shop", { ...failure, lastLines }, true);
		expect(quote?.split("\n")).toHaveLength(15);
		expect(quote?.endsWith("line 99")).toBe(true);
		const long = tellFailure("acme/shop", { ...failure, lastLines: ["x".repeat(9_000)] }, true);
		expect(long.quote).toHaveLength(2_000);
	});
});
