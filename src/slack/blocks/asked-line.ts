import type { PromptView, SessionView } from "../../sessions/session-view.ts";
import { plainLine } from "../text/escape.ts";
import { contextLine, fallback, type OutgoingMessage } from "./message.ts";

/** An answer with a line above it that says what it answers, where more was asked while that waited or was worked on. */
export function withAskedLine(
	{ prompts }: Pick<SessionView, "prompts">,
	prompt: PromptView,
	answer: OutgoingMessage[],
): OutgoingMessage[] {
	const [first, ...rest] = answer;
	if (first === undefined || !prompts.some((other) => other.id !== prompt.id && isBetween(other, prompt)))
		return answer;
	const who = prompt.author === null ? "" : `${plainLine(prompt.author.name, 80)} asked: `;
	const line = `${who}“${plainLine(prompt.text, 100)}”`;
	return [
		{ text: fallback(`${line}\n${first.text}`), blocks: [contextLine(line), ...first.blocks] },
		...rest,
	];
}

/** Whether one was asked or under way after another was asked and before that was over. */
function isBetween(one: PromptView, other: PromptView): boolean {
	const isAskedBefore = one.createdAt < (other.finishedAt ?? other.createdAt);
	return isAskedBefore && (one.finishedAt === null || one.finishedAt > other.createdAt);
}
