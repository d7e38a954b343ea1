import { plainLine } from "../text/escape.ts";
import { contextLine, fallback, type OutgoingMessage } from "./message.ts";

/** What people have to know of the checkout before they believe an answer. */
export function notesMessage(notes: string[]): OutgoingMessage {
	const words = notes.map((note) => `ℹ️ ${plainLine(note, 400)}`).join("\n");
	return { text: fallback(words), blocks: [contextLine(words)] };
}
