import type { Conversation } from "../agent/conversation.ts";
import type { PullRequest } from "../agent/publish.ts";
import type { Script, ToolCall } from "../agent/replay.ts";
import { bash, plan, quote, step } from "../agent/tools.ts";

/**
 * What the scripts have done so far: known from earlier turns, then kept up to date as a script is replayed. A script
 * asks this and never the records of its own turn, which grow between two replays.
 */
export interface Progress {
	pullRequest: PullRequest | null;
	/** Paths of edited files, the last one last. */
	edited: string[];
	/** The path of the route that was added or moved last. */
	route: string | null;
}

/** One thing to do in a checkout. */
export interface Job {
	conversation: Conversation;
	progress: Progress;
	/** The person's words: data, never part of a command. */
	text: string;
}

export interface Checkout {
	branch: string;
	/** Relative paths of everything git knows. */
	files: string[];
}

/** The absolute path of a file of the checkout. */
export function inCheckout({ conversation }: Job, path: string): string {
	const { directory } = conversation.context;
	return directory === null ? path : `${directory.replace(/\/+$/, "")}/${path}`;
}

/** The first look: which branch, which files. Moves off the base branch where nobody did that before. */
export function* look(job: Job, say: string, todos: string[], ...others: ToolCall[]): Script<Checkout> {
	const { branch: wanted, baseBranch } = job.conversation.context;
	const [branchOut, filesOut] = yield* step(
		say,
		bash("git branch --show-current"),
		bash("git ls-files"),
		plan(todos, 0),
		...others,
	);
	const current = branchOut?.text.trim().split("\n")[0] ?? "";
	const files = (filesOut?.text ?? "").split("\n").filter((line) => line !== "");
	const isOff = current === "" || current === baseBranch;
	if (!isOff || wanted === null || !/^[\w][\w./-]*$/.test(wanted)) return { branch: current, files };
	yield* step("", bash(`git switch -c ${quote(wanted)}`));
	return { branch: wanted, files };
}
