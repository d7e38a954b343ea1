import type { PromptView } from "../../sessions/session-view.ts";
import { plainLine } from "../text/escape.ts";
import { contextLine, fallback, type OutgoingMessage } from "./message.ts";

const MAX_FILES = 5;

/** A prompt's status with a line below it that says what the agent did not get: secrets, and files. */
export function withCareLine(
	{ masked, leftOut }: Pick<PromptView, "masked" | "leftOut">,
	status: OutgoingMessage,
): OutgoingMessage {
	const lines = [
		...(masked === null ? [] : [maskedWords(masked)]),
		...(leftOut.length === 0 ? [] : [leftOutWords(leftOut)]),
	];
	if (lines.length === 0) return status;
	return {
		text: fallback([status.text, ...lines].join("\n")),
		blocks: [...status.blocks, ...lines.map(contextLine)],
	};
}

function maskedWords({ count, kinds }: NonNullable<PromptView["masked"]>): string {
	const what = count === 1 ? `a secret (${kinds.join(", ")})` : `${count} secrets (${kinds.join(", ")})`;
	const it = count === 1 ? "it" : "them";
	return `I masked ${what} before the agent saw ${it}. Please rotate ${it}, and delete the message that shows ${it}.`;
}

function leftOutWords(files: PromptView["leftOut"]): string {
	const named = files
		.slice(0, MAX_FILES)
		.map(({ name, why }) => `${plainLine(name, 60)} (${plainLine(why, 80)})`);
	const more = files.length - named.length;
	return `Left out: ${[...named, ...(more > 0 ? [`${more} more`] : [])].join(", ")}.`;
}
