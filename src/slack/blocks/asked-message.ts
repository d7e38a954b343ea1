import type { KnownBlock } from "@slack/types";
import type { PromptFile } from "../../contract/session.ts";
import { breakPings, cut, plainLine } from "../text/escape.ts";
import { contextLine, fallback, type OutgoingMessage } from "./message.ts";

const MAX_QUOTE_CHARACTERS = 2_800;
const MAX_NAMES = 5;

/** What somebody asked for elsewhere than in a thread: with it their thread begins. Their words are quoted as they are. */
export function askedMessage(asked: {
	name: string;
	/** Null: the words stand above it already. */
	text: string | null;
	files: readonly Pick<PromptFile, "name">[];
	/** Plain words after the name, such as "attempt 2 of 3". */
	note: string | null;
}): OutgoingMessage {
	const who = `*${plainLine(asked.name, 80)}* asked`;
	const how = asked.text === null ? `${who} me to see to this` : who;
	const end = asked.text === null ? "" : ":";
	const line = asked.note === null ? `${how}${end}` : `${how} · ${plainLine(asked.note, 200)}`;
	const blocks: KnownBlock[] = [
		contextLine(line),
		...(asked.text === null ? [] : [quote(asked.text)]),
		...(asked.files.length === 0 ? [] : [contextLine(`with ${fileWords(asked.files)}`)]),
	];
	return { text: fallback(`${line} ${plainLine(asked.text ?? "", 1_000)}`.trim()), blocks };
}

function quote(text: string): KnownBlock {
	const words = { type: "text" as const, text: breakPings(cut(text, MAX_QUOTE_CHARACTERS)) };
	return { type: "rich_text", elements: [{ type: "rich_text_quote", elements: [words] }] };
}

function fileWords(files: readonly Pick<PromptFile, "name">[]): string {
	const names = files.slice(0, MAX_NAMES).map(({ name }) => plainLine(name, 60));
	const rest = files.length - names.length;
	return [...names, ...(rest > 0 ? [`${rest} more`] : [])].join(", ");
}
