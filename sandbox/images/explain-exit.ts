export interface Exit {
	/** null: ended by a signal, or by us. */
	exitCode: number | null;
	signal: string | null;
	timedOut: boolean;
	limitMs: number;
	lastLines: readonly string[];
}

// What programs say that find no terminal. Only used to add advice to a failure that is one already.
const WANTS_A_PERSON =
	/\/dev\/tty|not a (tty|terminal)|no tty present|a terminal is required|terminal prompts disabled|could not read (Username|Password)|askpass|Permission denied \(publickey|Host key verification failed|a password is required|ERR_TTY|inquirer|enter (your )?(password|passphrase)|\[y\/n\]/i;
const HOW =
	"Commands of a recipe run without a terminal, and nobody is there to answer or to give a password.";

/** Why a command did not end well, for people. */
export function explainExit(command: string, exit: Exit): string {
	const name = `\`${shorten(command)}\``;
	const wantsPerson = exit.lastLines.some((line) => WANTS_A_PERSON.test(line));
	const advice = wantsPerson ? ` ${HOW}` : "";
	if (exit.timedOut) {
		const silent = exit.lastLines.length === 0 ? " It printed nothing." : "";
		return `${name} did not end within ${toWords(exit.limitMs)} and was ended.${silent}${advice}`;
	}
	if (exit.exitCode === 127) return `${name} needs a program that is not there (exit code 127).${advice}`;
	if (exit.exitCode === 137 || exit.signal === "SIGKILL") {
		return `${name} was killed: most likely it needed more memory than the sandbox has.`;
	}
	const how = exit.signal === null ? `with exit code ${exit.exitCode ?? "unknown"}` : `by ${exit.signal}`;
	return `${name} ended ${how}.${advice}`;
}

/** A length of time for people. */
export function toWords(durationMs: number): string {
	if (durationMs < 10_000) return `${(durationMs / 1000).toFixed(1)} s`;
	if (durationMs < 120_000) return `${Math.round(durationMs / 1000)} s`;
	return `${Math.round(durationMs / 60_000)} minutes`;
}

function shorten(command: string): string {
	const line = command.trim().replaceAll(/\s+/g, " ");
	return line.length > 100 ? `${line.slice(0, 99)}…` : line;
}
