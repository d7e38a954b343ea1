import type { PromptView } from "../../sessions/session-view.ts";
import { plainLine } from "../text/escape.ts";
import { toLinkTarget } from "../text/link-target.ts";
import { contextLine, fallback, type OutgoingMessage } from "./message.ts";

const QUOTE_CHARACTERS = 200;

/** A prompt's status with a line above it that says who asked for it where, if that was at GitHub. */
export function askedAtGithub(prompt: PromptView, status: OutgoingMessage): OutgoingMessage {
	if (prompt.origin.kind !== "github") return status;
	const { number, url } = prompt.origin;
	const target = toLinkTarget(url);
	const place = target === null ? `#${number}` : `<${target}|#${number}>`;
	const who = prompt.author === null ? "Somebody" : plainLine(prompt.author.name, 80);
	const isOver = prompt.status !== "queued" && prompt.status !== "running";
	const answered =
		prompt.answerPlace === "github" ? " and is answered there" : ", where GitHub takes no answer of mine";
	const where = `asked at ${place}${isOver ? answered : ""}`;
	const words = `💬 ${who} ${where}: “${plainLine(prompt.text, QUOTE_CHARACTERS)}”`;
	return { text: fallback(`${words}\n${status.text}`), blocks: [contextLine(words), ...status.blocks] };
}
