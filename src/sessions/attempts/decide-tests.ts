import { withoutMarks } from "./without-marks.ts";

/** What is known of an attempt's tests, the best source first. */
export type TestsKnown =
	/** GitHub's checks of the pull request's head. */
	| { by: "checks"; state: "passing" | "failing" | "pending" }
	/** The repository's own test command ended so when the agent ran it last, after its last change. */
	| { by: "command"; state: "passing" | "failing"; command: string }
	/** The agent's own words, which nobody has looked into. */
	| { by: "agent"; words: string };

/** A command that the agent ran in the shell, and what it ended with. */
interface ShellRun {
	command: string;
	exitCode: number;
}

const MAX_WORDS = 120;
const OF_TESTS = /\b(tests?|specs?|test suite)\b/i;
const OUTCOME = /\b(pass(es|ed|ing)?|fail(s|ed|ing|ures?)?|succeed(s|ed)?|green|red)\b/i;

/** Pure. Null: nothing is known of any tests. */
export function decideTests(known: {
	checks: "passing" | "failing" | "pending" | null;
	/** The repository's test commands, by its recipe. */
	commands: string[];
	/** Since the last change, first come first. */
	runs: ShellRun[];
	/** The agent's last message, Markdown. */
	answer: string | null;
}): TestsKnown | null {
	const { checks, commands, runs, answer } = known;
	if (checks !== null) return { by: "checks", state: checks };
	const ends = commands.map((command) => ({
		command,
		exitCode: runs.findLast((run) => withoutFolder(run.command) === command)?.exitCode,
	}));
	const failed = ends.find(({ exitCode }) => exitCode !== undefined && exitCode !== 0);
	if (failed) return { by: "command", state: "failing", command: failed.command };
	const [first] = ends;
	if (first && ends.every(({ exitCode }) => exitCode === 0))
		return { by: "command", state: "passing", command: first.command };
	const words = answer === null ? null : findTestWords(answer);
	return words === null ? null : { by: "agent", words };
}

/** A pipe or a second command would end with another's exit code, so only the command itself counts, and where it is run. */
function withoutFolder(command: string): string {
	return command.trim().replace(/^cd [^\s;&|]+ && /, "");
}

/** The first sentence that says how tests went. */
function findTestWords(answer: string): string | null {
	const sentences = withoutMarks(answer)
		.split(/\n+|(?<=[.!?])\s+/)
		.map((sentence) => sentence.replace(/^[\s>#-]+/, "").trim());
	const found = sentences.find((sentence) => OF_TESTS.test(sentence) && OUTCOME.test(sentence));
	if (found === undefined) return null;
	return found.length > MAX_WORDS ? `${found.slice(0, MAX_WORDS - 1).trimEnd()}…` : found;
}
