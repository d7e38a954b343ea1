import { codeSpan } from "../text/escape.ts";
import { contextLine, fallback, type OutgoingMessage } from "./message.ts";

/** Where work that is not committed was kept, for the case that the sandbox is lost. */
export function savedWorkMessage(branch: string): OutgoingMessage {
	const words = `💾 No snapshot of the sandbox could be taken, so what is not committed yet is also on ${codeSpan(branch)}.`;
	return { text: fallback(words), blocks: [contextLine(words)] };
}
