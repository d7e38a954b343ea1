import type { KnownBlock } from "@slack/types";
import { splitMrkdwn } from "../text/split.ts";
import { toMrkdwn } from "../text/to-mrkdwn.ts";
import { contextLine, fallback, type OutgoingMessage, section } from "./message.ts";

/** Under Slack's limit of 3,000 a section. */
const SECTION_CHARACTERS = 2_900;
/** 4 × 2,900 stays under 12,000 characters a message. */
const SECTIONS_PER_MESSAGE = 4;
const MAX_MESSAGES = 5;

/** What is longer is read as a file, after its beginning. */
const LONG_CHARACTERS = 4_000;
const LONG_LINES = 60;
const GIST_CHARACTERS = 800;

/** The whole of an answer, as it was written. */
export interface AnswerFile {
	name: string;
	title: string;
	text: string;
}

/** A long answer as its beginning and a file. Null: it is short enough to be read in the thread. */
export function longAnswer(
	markdown: string,
	/** Of the file, in its thread. */
	id: string,
): { gist: OutgoingMessage; file: AnswerFile } | null {
	const mrkdwn = toMrkdwn(markdown);
	if (mrkdwn.length <= LONG_CHARACTERS && mrkdwn.split("\n").length <= LONG_LINES) return null;
	const [gist = "…"] = splitMrkdwn(mrkdwn, GIST_CHARACTERS);
	return {
		gist: {
			text: fallback(gist),
			blocks: [{ ...section(gist), expand: true }, contextLine("The whole answer is in the file below.")],
		},
		file: { name: `answer-${id}.md`, title: "The whole answer", text: markdown },
	};
}

/** An agent's answer (Markdown) as one or more messages. Empty for an empty answer. */
export function answerMessages(markdown: string): OutgoingMessage[] {
	const sections = splitMrkdwn(toMrkdwn(markdown), SECTION_CHARACTERS);
	const messages: OutgoingMessage[] = [];
	for (let from = 0; from < sections.length && messages.length < MAX_MESSAGES; from += SECTIONS_PER_MESSAGE) {
		const part = sections.slice(from, from + SECTIONS_PER_MESSAGE);
		const blocks: KnownBlock[] = part.map((text) => ({ ...section(text), expand: true }));
		messages.push({ text: fallback(part.join("\n")), blocks });
	}
	const last = messages.at(-1);
	if (sections.length > MAX_MESSAGES * SECTIONS_PER_MESSAGE && last !== undefined) {
		last.blocks.push(contextLine("The rest of this answer is too long for Slack and was left out here."));
	}
	return messages;
}
