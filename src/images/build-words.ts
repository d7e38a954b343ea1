const QUOTED_LINES = 15;
const QUOTED_CHARACTERS = 2_000;

/** What went wrong with a build, and how people are told. */
export interface BuildFailure {
	step: string;
	/** One sentence. */
	message: string;
	/** The end of what the failing command printed. */
	lastLines: string[];
}

const DURATION = /\d+(\.\d+)? ?(ms|s|seconds?|minutes?|min|hours?|h)\b/g;

/** The same failure has the same key, at whichever commit, whatever its output says and however long it took. */
export function toFailureKey(failure: Pick<BuildFailure, "step" | "message">): string {
	return `${failure.step}: ${failure.message.replaceAll(DURATION, "a while")}`;
}

/** What a channel is told of a failure. */
export function tellFailure(
	repository: string,
	failure: BuildFailure,
	hasPredecessor: boolean,
): { text: string; quote: string | null } {
	const meanwhile = hasPredecessor
		? "The image from before stays in use."
		: "Sessions on it begin without one, so they take longer to start.";
	const quote = failure.lastLines.slice(-QUOTED_LINES).join("\n").slice(-QUOTED_CHARACTERS).trim();
	return {
		text: `The image of ${repository} could not be built: the step "${failure.step}" failed. ${failure.message} ${meanwhile} It is tried again by itself; I say nothing more about this failure.`,
		quote: quote === "" ? null : quote,
	};
}

export function tellRecovery(repository: string): { text: string; quote: null } {
	return { text: `The image of ${repository} can be built again.`, quote: null };
}
