import { stripVTControlCharacters } from "node:util";

const MAX_LINE = 2000;
/** Nothing longer is held while the end of its line has not come. */
const MAX_HELD = 16 * 1024;

export interface OutputCleaner {
	/** The lines that ended with these bytes. */
	push(bytes: Uint8Array): string[];
	/** What came behind the last line end. */
	end(): string[];
}

/**
 * Turns what programs print into lines for people: no colours, cursor movements and other control characters, of a
 * progress bar only its last state, no characters that turn the direction of text, no secrets, no endless lines.
 */
export function createOutputCleaner(secrets: readonly string[]): OutputCleaner {
	const decoder = new TextDecoder();
	let held = "";

	const take = (text: string): string[] => {
		const lines = (held + text).split("\n");
		held = lines.pop() ?? "";
		if (held.length > MAX_HELD) {
			lines.push(held);
			held = "";
		}
		return lines.map((line) => cleanLine(line, secrets));
	};
	return {
		push: (bytes) => take(decoder.decode(bytes, { stream: true })),
		end() {
			const lines = take(decoder.decode());
			const last = cleanLine(held, secrets);
			held = "";
			return last === "" ? lines : [...lines, last];
		},
	};
}

const CONTROLS = /[\p{Cc}\u202a-\u202e\u2066-\u2069\u200e\u200f\ufeff]/gu;

/** One line of a stranger's text as people may see it: file names, commands and messages are no better than output. */
export function cleanLine(line: string, secrets: readonly string[] = []): string {
	const visible = stripVTControlCharacters(line).replace(/[\r\n]+$/, "");
	const shown = visible
		.slice(visible.lastIndexOf("\r") + 1)
		.replaceAll(/[\t\n]/g, "    ")
		.replace(CONTROLS, "");
	const safe = secrets.reduce((text, secret) => text.replaceAll(secret, "[hidden]"), shown);
	return safe.length > MAX_LINE ? `${safe.slice(0, MAX_LINE)}…` : safe;
}
