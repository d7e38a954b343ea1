import type { KnownBlock } from "@slack/types";
import type { PromptFile } from "../../contract/session.ts";
import { breakPings, cut, plainLine } from "../text/escape.ts";
import { contextLine, fallback, type OutgoingMessage } from "./message.ts";

const MAX_QUOTE_CHARACTERS = 2_800;
const MAX_NAMES = 5;

/** What somebody asked for elsewhere than in a thread: with it their thread begins. Their words are quoted as they are. */
export function askedMessage(asked: {
	name: string;
	text: string;
	files: readonly Pick<PromptFile, "name">[];
	/** Plain words after the name, such as "attempt 2 of 3". */
	note: string | null;
}): OutgoingMessage {
	const who = `*${plainLine(asked.name, 80)}* asked`;
	const line = asked.note === null ? `${who}:` : `${who} · ${plainLine(asked.note, 200)}`;
	const blocks: KnownBlock[] = [
		contextLine(line),
		{
			type: "rich_text",
			elements: [
				{
					type: "rich_text_quote",
					elements: [{ type: "text", text: breakPings(cut(asked.text, MAX_QUOTE_CHARACTERS)) }],
				},
			],
		},
		...(asked.files.length === 0 ? [] : [contextLine(`with ${fileWords(asked.files)}`)]),
	];
	return { text: fallback(`${line} ${plainLine(asked.text, 1_000)}`), blocks };
}

function fileWords(files: readonly Pick<PromptFile, "name">[]): string {
	const names = files.slice(0, MAX_NAMES).map(({ name }) => plainLine(name, 60));
	const rest = files.length - names.length;
	return [...names, ...(rest > 0 ? [`${rest} more`] : [])].join(", ");
}
