import { publishReport } from "../agent/publish.ts";
import type { Script } from "../agent/replay.ts";
import { describeTests, readTestOutput, type TestResult } from "../agent/test-output.ts";
import { applyEdit, bash, plan, read, showOutput, step, toFileText } from "../agent/tools.ts";
import { inCheckout, type Job, look } from "./job.ts";
import { KNOWN_BUGS, type KnownBug } from "./known-bugs.ts";
import { leaveNote } from "./leave-note.ts";
import { findProject } from "./projects.ts";

const TODOS = [
	"Look at the repository",
	"Run the tests",
	"Fix the cause",
	"Run the tests again",
	"Open the pull request",
];

/** Repairs the bugs that are meant, or with `all` those that the failing tests show. */
export function* fixBugs(job: Job, meant: readonly KnownBug[] | "all"): Script {
	const { branch, files } = yield* look(job, "I look at the repository first.", TODOS);
	const project = findProject(files);
	const here = (meant === "all" ? KNOWN_BUGS : meant).filter((bug) => files.includes(bug.file));
	if (!project || here.length === 0) return yield* leaveNote(job);

	const [testsOut] = yield* step("Then I run the tests.", bash(project.testCommand), plan(TODOS, 1));
	const before = readTestOutput(testsOut?.text ?? "");
	const wanted = meant === "all" ? here.filter((bug) => !before || shows(before, bug) || bug.repeat) : here;

	const fixed: KnownBug[] = [];
	const repeats: string[] = [];
	for (const bug of wanted) {
		const path = inCheckout(job, bug.file);
		const [source] = yield* step(
			`I read \`${bug.file}\` and its test.`,
			read(path),
			read(inCheckout(job, bug.testFile)),
		);
		const text = toFileText(source);
		if (text === null) return `I could not read \`${bug.file}\`:\n\n${showOutput(source?.text ?? "")}`;
		if (!text.includes(bug.find)) continue;
		const runsBefore = bug.repeat ? yield* repeatTest(bug.repeat) : null;
		const result = yield* applyEdit(
			"I found the cause and fix it.",
			{ path, find: bug.find, replace: bug.replace },
			plan(TODOS, 2),
		);
		if (result.outcome === "failed") {
			return `I know what is wrong in \`${bug.file}\`, but could not change it:\n\n${showOutput(result.error)}`;
		}
		fixed.push(bug);
		job.progress.edited.push(bug.file);
		if (bug.repeat && runsBefore) {
			repeats.push(
				`\`${bug.testFile}\` run five times: ${runsBefore} before, ${yield* repeatTest(bug.repeat)} after.`,
			);
		}
	}
	if (fixed.length === 0) return nothingToFix(before, wanted);

	const [againOut] = yield* step("Now the tests again.", bash(project.testCommand), plan(TODOS, 3));
	const after = readTestOutput(againOut?.text ?? "");
	const report = [
		...fixed.map((bug) => `**${bug.file}**: ${bug.why}`),
		describeCheck(project.testCommand, before, after, fixed),
		...repeats,
	].join("\n\n");
	if (after && fixed.some((bug) => shows(after, bug))) {
		return `I changed what I believe is the cause, but the test still fails, so I have not pushed it.\n\n${report}\n\n${showOutput(againOut?.text ?? "", 30)}`;
	}
	const title =
		fixed.length === 1 ? (fixed[0]?.title ?? "") : `fix: repair what ${fixed.length} failing tests show`;
	return yield* publishReport(job, {
		branch,
		files: fixed.map((bug) => bug.file),
		title,
		body: report,
		todos: TODOS,
	});
}

function* repeatTest(command: string): Script<string> {
	const [runs] = yield* step("It fails only sometimes, so I run it a few times.", bash(command));
	const count = (word: string) => runs?.text.split("\n").filter((line) => line.trim() === word).length ?? 0;
	return `${count("fail")} failed and ${count("pass")} passed`;
}

function shows(result: TestResult, bug: KnownBug): boolean {
	return result.failedNames.includes(bug.testName);
}

function describeCheck(
	command: string,
	before: TestResult | null,
	after: TestResult | null,
	fixed: readonly KnownBug[],
): string {
	const line = `Checked with \`${command}\`: before, ${describeTests(before)}; now, ${describeTests(after)}.`;
	const left = after?.failedNames.filter((name) => fixed.every((bug) => bug.testName !== name)) ?? [];
	if (left.length === 0) return line;
	return `${line} Still failing, for another reason and not touched here:\n${left.map((name) => `- ${name}`).join("\n")}`;
}

function nothingToFix(before: TestResult | null, wanted: readonly KnownBug[]): string {
	const found =
		wanted.length > 0
			? `What I know to repair here is already repaired on this branch (${wanted.map((bug) => `\`${bug.file}\``).join(", ")}).`
			: "I found nothing that I know how to repair.";
	const left =
		before && before.failed > 0
			? `\n\nFailing:\n${before.failedNames.map((name) => `- ${name}`).join("\n")}`
			: "";
	return `${found} I changed nothing. Of the tests: ${describeTests(before)}.${left}`;
}
