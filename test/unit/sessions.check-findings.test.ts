import { describe, expect, test } from "vitest";
import { findNamedFile, toLogExcerpt } from "../../src/sessions/checks/check-log.ts";
import {
	type CheckFacts,
	decideChecks,
	decideNext,
	type Finding,
} from "../../src/sessions/checks/decide-checks.ts";
import { cpuMs } from "../harness/cpu-ms.ts";

const PLACE = { headSha: "1a2b3c4d5e", baseBranch: "main" };
const facts = (change: Partial<CheckFacts>): CheckFacts => ({
	name: "test",
	head: [["failed"]],
	base: ["passed"],
	namedFile: null,
	...change,
});
const finding = (verdict: Finding["verdict"], name: string = verdict): Finding => ({
	name,
	verdict,
	reason: "R.",
});

describe("why a check fails", () => {
	test.each<[string, Partial<CheckFacts>, Finding["verdict"], string]>([
		["passes on the base", {}, "caused", "It passes on main and fails at 1a2b3c4."],
		[
			"fails each time it is run",
			{ head: [["failed", "failed"]] },
			"caused",
			"It passes on main and fails at 1a2b3c4, 2 times in a row.",
		],
		["fails on the base", { base: ["failed"] }, "before", "It fails on main without this change as well."],
		[
			"fails on the base each time",
			{ base: ["failed", "failed"], namedFile: "src/cart.ts" },
			"before",
			"It fails on main without this change as well.",
		],
		[
			"passes when it is run again",
			{ head: [["failed", "passed"]] },
			"flaky",
			"It failed and passed at the same commit, 1a2b3c4.",
		],
		[
			"fails when it is run again",
			{ head: [["passed", "failed"]], base: [] },
			"flaky",
			"It failed and passed at the same commit, 1a2b3c4.",
		],
		[
			"goes both ways on the base",
			{ base: ["failed", "passed"] },
			"flaky",
			"It fails and passes at the same commit of main as well.",
		],
		["fails where another check of its name passes", { head: [["passed"], ["failed"]] }, "caused", ""],
		[
			"is one of two of its name, and both are flaky",
			{ head: [["failed", "passed"], ["passed"]] },
			"flaky",
			"",
		],
		[
			"is not known on the base",
			{ base: [] },
			"unknown",
			"It fails at 1a2b3c4, and nothing is known of it on main.",
		],
		[
			"is not known on the base, and its log names a file of the change",
			{ base: [], namedFile: "src/cart.ts" },
			"caused",
			"It fails at 1a2b3c4, and nothing is known of it on main, but its log names src/cart.ts, which this change touches.",
		],
	])("one that %s", (_, change, verdict, reason) => {
		const [found] = decideChecks([facts(change)], PLACE);
		expect(found?.verdict).toBe(verdict);
		if (reason !== "") expect(found?.reason).toBe(reason);
	});
});

describe("what follows from findings", () => {
	test.each<[string, Finding["verdict"][], { fixes: number; mostFixes: number; isTried?: boolean }, string]>([
		["what the change caused is mended", ["before", "caused"], { fixes: 0, mostFixes: 2 }, "fixing"],
		["a second time too", ["caused"], { fixes: 1, mostFixes: 2 }, "fixing"],
		["a third time people are asked", ["caused"], { fixes: 2, mostFixes: 2 }, "handed_back"],
		[
			"nor is it mended twice at one commit",
			["caused"],
			{ fixes: 1, mostFixes: 2, isTried: true },
			"handed_back",
		],
		["nothing is mended where that is switched off", ["caused"], { fixes: 0, mostFixes: 0 }, "handed_back"],
		[
			"people are asked of what nobody can tell",
			["unknown", "flaky"],
			{ fixes: 0, mostFixes: 2 },
			"handed_back",
		],
		[
			"nothing follows from what is no fault of the change",
			["before", "flaky"],
			{ fixes: 0, mostFixes: 2 },
			"none",
		],
	])("%s", (_, verdicts, limits, next) => {
		expect(
			decideNext(
				verdicts.map((verdict) => finding(verdict)),
				{ isTried: false, ...limits },
			).next,
		).toBe(next);
	});

	test("what is handed back says how often it was tried", () => {
		const reasons = (fixes: number, mostFixes: number) =>
			decideNext([finding("before"), finding("caused")], { fixes, mostFixes, isTried: false }).findings.map(
				({ reason }) => reason,
			);
		expect(reasons(2, 2)).toEqual([
			"R.",
			"R. Bobbin has tried 2 times to mend the checks of this pull request.",
		]);
		expect(reasons(1, 1)[1]).toContain("has tried once");
		expect(reasons(0, 0)[1]).toBe("R. Mending checks by itself is switched off for this repository.");
	});
});

describe("the end of a log", () => {
	const at = "2026-11-22T15:00:00.1234567Z ";

	test("has neither times nor colours, and stops at the last error", () => {
		const log = [
			"\uFEFF2026-11-22T15:00:00.0000000Z ##[group]Run npm test",
			`${at}\u001b[31mFAIL\u001b[39m src/cart.test.ts`,
			`${at}##[error]Process completed with exit code 1.`,
			`${at}Post job cleanup.`,
		].join("\r\n");
		expect(toLogExcerpt(log)).toBe(
			"##[group]Run npm test\nFAIL src/cart.test.ts\n##[error]Process completed with exit code 1.",
		);
	});

	test("is 8 KiB of whole lines at most", () => {
		const excerpt = toLogExcerpt(Array.from({ length: 10_000 }, (_, line) => `line ${line} é`).join("\n"));
		expect(Buffer.byteLength(excerpt)).toBeLessThanOrEqual(8 * 1024);
		expect(Buffer.byteLength(excerpt)).toBeGreaterThan(8_000);
		expect(excerpt.split("\n")[0]).toMatch(/^line \d+ é$/);
		expect(excerpt.endsWith("line 9999 é")).toBe(true);
	});

	test.each([
		["DEPLOY_TOKEN=hunter22-hunter22 npm test", "DEPLOY_TOKEN=*** npm test"],
		['{"apiKey": "abcd1234efgh"}', '{"apiKey": "***"}'],
		[`cloning with ghp_${"a".repeat(36)}`, "cloning with ***"],
		["Authorization: Bearer abcdef1234567890", "Authorization: Bearer ***"],
		["https://bot:s3cret-word@example.com/x", "https://bot:***@example.com/x"],
		["-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\nafter", "***\nafter"],
		[`jwt=eyJ${"a".repeat(20)}.${"b".repeat(20)}.c, done`, "jwt=***, done"],
		["expected 3 tokens, got 2", "expected 3 tokens, got 2"],
		["basic authentication is off", "basic authentication is off"],
	])("keeps no secret of %j", (log, excerpt) => {
		expect(toLogExcerpt(log)).toBe(excerpt);
	});

	test.each([
		["a name that says secret", "token"],
		["the begin of a signed token", "eyJaaaaaaaaa-"],
		["a scheme", "basic "],
		["an address", "://a:b"],
		["a colour", "\u001b]"],
		["the begin of a key", "-----BEGIN A "],
	])("is found at once where it is nothing but %s again and again", async (_, piece) => {
		const log = piece.repeat(200_000 / piece.length);
		expect(await cpuMs(() => toLogExcerpt(log))).toBeLessThan(1_000);
	});

	test.each([
		["/home/runner/work/shop/shop/src/cart.ts:12:3", "src/cart.ts"],
		["at total (src/cart.ts:3)", "src/cart.ts"],
		["src/cart.tsx and src/cart.ts.snap, lib/mysrc/cart.ts", null],
		["./index.ts:1", "index.ts"],
		["src/index.ts:1", null],
		["src/c+rt.ts", null],
	])("of which %j names %j", (log, named) => {
		expect(findNamedFile(log, ["src/cart.ts", "index.ts", "src/c.rt.ts"])).toBe(named);
	});
});
