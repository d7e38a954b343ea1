import type { PromptView, SessionView } from "../../sessions/session-view.ts";
import { plainLine } from "../text/escape.ts";

/**
 * Pure. Whose a prompt is, where it is not the one's who began the session and is not said above; and what became of its
 * message.
 */
export function messageNotes({ prompts }: Pick<SessionView, "prompts">, prompt: PromptView): string[] {
	const { status, author, origin, editedText, withdrawn } = prompt;
	const starter = prompts[0]?.author?.personId;
	const isAtWork = status === "running";
	return [
		...(author === null || author.personId === starter || origin.kind === "github"
			? []
			: [`for ${plainLine(author.name, 60)}`]),
		...(editedText === null
			? []
			: [
					isAtWork
						? "its message was edited after I began: press Stop, then Retry, for the new words"
						: status === "done"
							? "its message was edited while I worked"
							: "Retry takes its edited words",
				]),
		...(withdrawn === "deleted" && isAtWork
			? ["its message was deleted; I go on unless you press Stop"]
			: []),
	];
}

/** Pure. Why what did not begin was cancelled. */
export function cancelledWords({ withdrawn }: Pick<PromptView, "withdrawn">): string {
	switch (withdrawn) {
		case "talk":
			return "🚫 Taken for talk: not begun";
		case "deleted":
			return "🚫 Withdrawn: its message was deleted";
		case null:
			return "🚫 Cancelled before it began";
		default:
			return withdrawn satisfies never;
	}
}
