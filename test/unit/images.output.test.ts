import { describe, expect, test, vi } from "vitest";
import { createBuild } from "../../sandbox/images/build-context.ts";
import { BuildFailure } from "../../sandbox/images/build-failure.ts";
import type { BuildInput } from "../../sandbox/images/build-input.ts";
import { createBuildLog } from "../../sandbox/images/build-log.ts";
import { chooseTools } from "../../sandbox/images/choose-tools.ts";
import { createOutputCleaner } from "../../sandbox/images/clean-output.ts";
import { explainExit } from "../../sandbox/images/explain-exit.ts";
import { followProcess } from "../../sandbox/images/follow-process.ts";
import { matchesVersion } from "../../sandbox/images/matches-version.ts";
import { SandboxError, type SandboxProvider } from "../../sandbox/provider.ts";

describe("what a program prints", () => {
	const clean = (...pieces: (string | Uint8Array)[]) => {
		const cleaner = createOutputCleaner(["the-token"]);
		return [...pieces.flatMap((piece) => cleaner.push(Buffer.from(piece))), ...cleaner.end()];
	};
	test.each([
		["colours and cursor movements go", "\u001b[1;32mok\u001b[0m\u001b[2K\u001b[1A done\n", ["ok done"]],
		["titles and links go", "\u001b]0;title\u0007a\u001b]8;;http://x\u0007b\u001b]8;;\u0007\n", ["ab"]],
		["of a progress bar the last state stays", "10 %\r50 %\r100 %\r\n", ["100 %"]],
		["bells, zero bytes and turned text go", "a\u0007\u0000b\u202ec\u2066\n", ["abc"]],
		["tabs become spaces", "a\tb\n", ["a    b"]],
		["a last line without an end stays", "a\nb", ["a", "b"]],
		["secrets are hidden", "token=the-token;\n", ["token=[hidden];"]],
		["a long line is cut", `${"x".repeat(3000)}\n`, [`${"x".repeat(2000)}…`]],
	])("%s", (_, text, lines) => {
		expect(clean(text)).toEqual(lines);
	});
	test("a letter, a colour or a secret that comes in two pieces is whole", () => {
		expect(
			clean(Buffer.from([0xc3]), Buffer.from([0xa9]), "\u001b[3", "2mgreen\u001b[0m the-to", "ken\n"),
		).toEqual(["égreen [hidden]"]);
	});
	test("bytes that are no text do no harm", () => {
		expect(clean(Buffer.from([0xff, 0xfe, 0x41, 0x0a]))).toEqual(["��A"]);
	});
});

describe("a step of a build", () => {
	const begin = () => {
		const told: string[] = [];
		const build = createBuild({
			provider: {} as SandboxProvider,
			input: {
				limits: { stepMs: 1000, totalMs: 5000, logBytes: 10_000 },
				onStep: ({ command, warning }, state) => told.push(`${state} ${command} ${warning ?? ""}`.trim()),
				onLog: () => {},
			} as Partial<BuildInput> as BuildInput,
			signal: new AbortController().signal,
			now: () => 0,
		});
		return { build, told };
	};
	test("shows commands and warnings of strangers without control characters, in one line", async () => {
		const { build, told } = begin();
		const command = "echo \u001b[31mred\u001b[0m\n\n  rm \u202efoo\n";
		await build.step("setup", command, async (note) => note({ warning: "changed a\u0007b" }));
		expect(told).toEqual(["began echo red; rm foo", "ended echo red; rm foo changed ab"]);
		expect(build.log.text()).toBe("== setup: echo red; rm foo\n   Warning: changed ab\n   done after 0.0 s");
	});
	test("that may fail becomes a warning; any other error goes on", async () => {
		const { build, told } = begin();
		const fail = (error: Error) => () => Promise.reject(error);
		expect(
			await build.tryStep("test", "t", "Go on.", fail(new BuildFailure("test", "It failed."))),
		).toBeNull();
		expect(told.at(-1)).toBe("ended t It failed. Go on.");
		const bug = new Error("bug");
		await expect(build.tryStep("test", "t", "Go on.", fail(bug))).rejects.toBe(bug);
	});
});

describe("the log", () => {
	test("of a long build keeps head and newest lines, within its limit", () => {
		const given: string[] = [];
		const log = createBuildLog({ maxBytes: 1000, onLog: (text) => given.push(text), now: () => 0 });
		for (let line = 1; line <= 500; line++) log.add([`line ${line}`]);
		log.flush();
		const text = given.at(-1) ?? "";
		expect(Buffer.byteLength(text)).toBeLessThanOrEqual(1000);
		expect(text).toMatch(
			/^line 1\nline 2\n[\s\S]*\n\[\.\.\. \d+ lines left out \.\.\.\]\n[\s\S]*\nline 500$/,
		);
		expect(text).toBe(log.text());
	});
	test("is handed on once a second at most", () => {
		let time = 0;
		const given: string[] = [];
		const log = createBuildLog({ maxBytes: 1000, onLog: (text) => given.push(text), now: () => time });
		for (const line of ["a", "b", "c"]) {
			log.add([line]);
			time += 600;
		}
		expect(given).toEqual(["a", "a\nb\nc"]);
		log.flush();
		expect(given).toHaveLength(2);
	});
	test("is handed on although nothing more is said", () => {
		vi.useFakeTimers();
		try {
			const given: string[] = [];
			const log = createBuildLog({ maxBytes: 1000, onLog: (text) => given.push(text), now: Date.now });
			log.add(["$ npm ci"]);
			log.add(["Overwrite? [y/N]"]);
			expect(given).toEqual(["$ npm ci"]);
			vi.advanceTimersByTime(1_000);
			expect(given.at(-1)).toBe("$ npm ci\nOverwrite? [y/N]");
		} finally {
			vi.useRealTimers();
		}
	});
});

describe("why a command ended", () => {
	const exit = { exitCode: 1, signal: null, timedOut: false, limitMs: 600_000, lastLines: [] };
	test.each([
		[{}, "`npm ci` ended with exit code 1."],
		[{ exitCode: 127 }, "`npm ci` needs a program that is not there (exit code 127)."],
		[{ exitCode: 137 }, "more memory than the sandbox has"],
		[{ exitCode: null, signal: "SIGSEGV" }, "`npm ci` ended by SIGSEGV."],
		[{ timedOut: true }, "`npm ci` did not end within 10 minutes and was ended. It printed nothing."],
		[{ lastLines: ["sudo: a terminal is required to read the password"] }, "without a terminal"],
		[{ lastLines: ["git@github.com: Permission denied (publickey)."] }, "nobody is there to answer"],
		[{ timedOut: true, lastLines: ["Overwrite? [y/N]"] }, "nobody is there to answer"],
	])("%j", (how, words) => {
		expect(explainExit("npm ci", { ...exit, ...how })).toContain(words);
	});
});

describe("versions", () => {
	test.each([
		["20", "20.11.1", true],
		["20", "22.0.0", false],
		["v20.11", "20.11.1", true],
		["20.x", "20.11.1", true],
		[">=18", "24.1.0", true],
		[">=18 <21", "24.1.0", false],
		[">= 18, < 25", "24.1.0", true],
		["^20.9 || >=22", "20.8.0", false],
		["^20.9 || >=22", "20.11.0", true],
		["~3.11.2", "3.11.9", true],
		["~=3.10", "3.12.1", true],
		["~=3.10.1", "3.12.1", false],
		["^3.11", "3.10.0", false],
		["18 - 20", "19.0.0", true],
		["3.10", "3.1.0", false],
		["*", "1.0.0", true],
		["pypy", "3.10.0", null],
	])("%s asks for %s: %s", (wanted, version, answer) => {
		expect(matchesVersion(wanted, version)).toBe(answer);
	});
	const found = [
		{ tool: "node", path: "/opt/bobbin/node/bin/node", version: "24.1.0" },
		{ tool: "node", path: "/usr/bin/node", version: "20.5.0" },
		{ tool: "java", path: "/usr/bin/java", version: "17.0.2" },
	];
	test("of the installed ones the first that serves is taken, by a link if it is not the usual one", () => {
		expect(chooseTools({ node: "20", java: "17" }, found)).toEqual({
			links: [{ name: "node", path: "/usr/bin/node" }],
			words: [
				"Node 20 is asked for: 20.5.0 (/usr/bin/node).",
				"Java 17 is asked for: 17.0.2 (/usr/bin/java).",
			],
			missing: [],
		});
	});
	test("one that is not there is said, and what is used instead", () => {
		expect(chooseTools({ node: "18", ruby: "3" }, found)).toEqual({
			links: [],
			words: [],
			missing: [
				"Node 18 is asked for; this sandbox has 24.1.0, and the build goes on with that.",
				"Ruby 3 is asked for, and there is no Ruby in this sandbox.",
			],
		});
	});
});

describe("following a process", () => {
	const signal = new AbortController().signal;
	/** A journal that grows by one piece with each reading. */
	const follow = async (answers: (string | Error)[], more: Partial<SandboxProvider> = {}) => {
		let text = "";
		const provider = {
			proc: async () => (answers.length > 0 ? { running: true } : { running: false, exitCode: 5 }),
			readLogs: async (_id: string, _ref: object, from: { stdout: number; stderr: number }) => {
				const answer = answers.shift() ?? "";
				if (answer instanceof Error) throw answer;
				text += answer;
				const stdout = Buffer.from(text).subarray(from.stdout);
				return { stdout, stderr: new Uint8Array(), next: { stdout: from.stdout + stdout.length, stderr: 0 } };
			},
			...more,
		} as unknown as SandboxProvider;
		let seen = "";
		const exitCode = await followProcess(
			provider,
			"id",
			{ key: "k" },
			{
				signal,
				onOutput: ({ stdout }) => {
					seen += Buffer.from(stdout).toString();
				},
			},
		);
		return { seen, exitCode };
	};
	const away = new SandboxError("unavailable", "away", { retryable: true, retryAfterMs: 1 });

	test("reads every byte once, to the end", async () => {
		expect(await follow(["one ", "", "two ", "three"])).toEqual({ seen: "one two three", exitCode: 5 });
	});
	test("goes on where it was when the provider was away for a moment", async () => {
		expect(await follow(["one ", away, away, "two"])).toEqual({ seen: "one two", exitCode: 5 });
	});
	test("gives up on a provider that stays away", async () => {
		await expect(follow(Array(10).fill(away))).rejects.toBe(away);
	});
	test("a sandbox that forgot the process is an error", async () => {
		await expect(follow([], { proc: async () => null })).rejects.toMatchObject({ retryable: true });
	});
});
