const FENCE = "```";

/**
 * Splits text in Slack's form into pieces of at most `maxLength` characters, between paragraphs or lines where it can.
 * A code fence stays whole if it fits into a piece; one that does not is closed at the cut and opened again after it.
 */
export function splitMrkdwn(text: string, maxLength: number): string[] {
	const pieces: string[] = [];
	let piece = "";
	const flush = () => {
		if (piece.trim() !== "") pieces.push(piece.replace(/^\n+|\n+$/g, ""));
		piece = "";
	};
	for (const chunk of toChunks(text)) {
		if (piece.length + chunk.length <= maxLength) {
			piece += chunk;
			continue;
		}
		flush();
		if (chunk.length <= maxLength) piece = chunk;
		else {
			const parts = chunk.startsWith(FENCE) ? splitFence(chunk, maxLength) : splitLines(chunk, maxLength);
			pieces.push(...parts.slice(0, -1).map((part) => part.replace(/\n$/, "")));
			piece = parts.at(-1) ?? "";
		}
	}
	flush();
	return pieces;
}

/** Fences and paragraphs in order; put together again they are the text. */
function toChunks(text: string): string[] {
	return text
		.split(/(```[\s\S]*?(?:```\n*|$))/)
		.flatMap((part) => (part.startsWith(FENCE) ? [part] : part.split(/(?<=\n\n)/)))
		.filter((part) => part !== "");
}

function splitFence(fence: string, maxLength: number): string[] {
	const body = fence.replace(/^```\n?/, "").replace(/\n?```\n*$/, "");
	const room = maxLength - 2 * FENCE.length - 3;
	return splitLines(body, room).map((part) => `${FENCE}\n${part.replace(/\n$/, "")}\n${FENCE}\n`);
}

function splitLines(text: string, maxLength: number): string[] {
	const parts: string[] = [];
	let part = "";
	for (const line of text.split(/(?<=\n)/)) {
		if (part !== "" && part.length + line.length > maxLength) {
			parts.push(part);
			part = "";
		}
		part += line;
		while (part.length > maxLength) {
			const end = safeCut(part, maxLength);
			parts.push(part.slice(0, end));
			part = part.slice(end);
		}
	}
	if (part !== "") parts.push(part);
	return parts;
}

/** A place to cut a line that is too long: not inside a character, an escape or a link. */
function safeCut(line: string, maxLength: number): number {
	const head = line.slice(0, maxLength);
	const space = head.lastIndexOf(" ");
	if (space > maxLength / 2 && !isInsideLink(head.slice(0, space))) return space + 1;
	const open = head.lastIndexOf("<");
	if (open > 0 && isInsideLink(head)) return open;
	const entity = head.match(/&[a-z]{0,4}$/);
	if (entity?.index !== undefined && entity.index > 0) return entity.index;
	return /[\ud800-\udbff]$/.test(head) ? maxLength - 1 : maxLength;
}

function isInsideLink(head: string): boolean {
	return head.lastIndexOf("<") > head.lastIndexOf(">");
}
