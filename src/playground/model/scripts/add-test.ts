import { publishReport } from "../agent/publish.ts";
import type { Script } from "../agent/replay.ts";
import { describeTests, readTestOutput } from "../agent/test-output.ts";
import { bash, plan, read, showOutput, step, write } from "../agent/tools.ts";
import { EXTRA_TESTS, type ExtraTest } from "./extra-tests.ts";
import { inCheckout, type Job, look } from "./job.ts";
import { leaveNote } from "./leave-note.ts";
import { findProject } from "./projects.ts";

const TODOS = ["Read what is to be tested", "Write the test", "Run the tests", "Push the change"];

/** Adds a test: for what the words name, else for what this conversation changed last, else the project's first. */
export function* addTest(job: Job): Script {
	const { branch, files } = yield* look(job, "I look at the repository first.", TODOS);
	const project = findProject(files);
	const extra = pickTest(job, files);
	if (!project || !extra) return yield* leaveNote(job);
	if (files.includes(extra.file)) {
		return `The test that I know to add here is already there: \`${extra.file}\`. I changed nothing.`;
	}
	yield* step(`I read \`${extra.subject}\`.`, read(inCheckout(job, extra.subject)));
	const [written] = yield* step(
		"I write the test.",
		write(inCheckout(job, extra.file), extra.content),
		plan(TODOS, 1),
	);
	if (!written || written.isError) {
		return `I could not write \`${extra.file}\`:\n\n${showOutput(written?.text ?? "")}`;
	}
	const [out] = yield* step("And run the tests.", bash(project.testCommand), plan(TODOS, 2));
	const result = readTestOutput(out?.text ?? "");
	const failing = result && result.failed > 0 ? ` Failing: ${result.failedNames.join("; ")}.` : "";
	const report = `\`${extra.file}\` checks ${extra.what}.\n\nRun with \`${project.testCommand}\`: ${describeTests(result)}.${failing}`;
	const title = `test: check ${extra.subject.split("/").at(-1)?.split(".")[0]} further`;
	return yield* publishReport(job, {
		branch,
		files: [extra.file],
		title,
		body: report,
		todos: TODOS,
	});
}

function pickTest({ progress, text }: Job, files: readonly string[]): ExtraTest | undefined {
	const here = EXTRA_TESTS.filter((extra) => files.includes(extra.subject));
	const editedLast = progress.edited.flatMap((path) => here.filter((extra) => extra.subject === path)).at(-1);
	return here.find((extra) => extra.words.test(text)) ?? editedLast ?? here[0];
}
