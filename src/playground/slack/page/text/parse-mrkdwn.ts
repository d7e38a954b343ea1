export type Inline =
	| { type: "text"; text: string }
	| { type: "bold" | "italic" | "strike"; children: Inline[] }
	| { type: "code"; text: string }
	| { type: "link"; url: string; text: string }
	| { type: "user" | "channel" | "usergroup"; id: string; label: string | null }
	| { type: "broadcast"; range: string }
	| { type: "date"; timestamp: number; format: string; fallback: string; url: string | null }
	| { type: "emoji"; name: string }
	| { type: "break" };

export type Part =
	| { type: "lines"; children: Inline[] }
	| { type: "quote"; children: Inline[] }
	| { type: "code_block"; text: string };

const FENCE = /```([\s\S]*?)```/;
const QUOTE = /^(?:&gt;|>) ?/;
/** Code, then Slack's tokens, then emoji; whatever is left may be styled. */
const TOKEN = /`([^`\n]+)`|<([^<>\n]+)>|:([a-z0-9_+'-]+(?:::skin-tone-[2-6])?):|\n/g;
const HIDDEN = /`[^`\n]+`|<[^<>\n]+>|:[a-z0-9_+'-]+:/g;
/** A run between two `*`, `_` or `~` that stand at the edges of words; a zero-width space within counts as a space. */
const STYLED =
	/(?<![\p{L}\p{N}*_~])([*_~])(?=[^\s\u200b*_~]|[*_~][^\s\u200b])((?:(?!\1)[^\n])*?[^\s\u200b])\1(?![\p{L}\p{N}])/gu;
const STYLES = { "*": "bold", _: "italic", "~": "strike" } as const;

/** Reads Slack's mrkdwn. Text that only looks like markup stays text. */
export function parseMrkdwn(source: string): Part[] {
	const parts: Part[] = [];
	source.split(FENCE).forEach((piece, index) => {
		if (index % 2 === 1) {
			parts.push({ type: "code_block", text: decode(piece.replace(/^\n/, "").replace(/\n$/, "")) });
		} else if (piece !== "") parts.push(...parseLines(trimAroundFences(piece, index, parts.length > 0)));
	});
	return parts;
}

function trimAroundFences(piece: string, index: number, hasBefore: boolean): string {
	const start = hasBefore && index > 0 ? piece.replace(/^\n/, "") : piece;
	return start.replace(/\n$/, "");
}

function parseLines(piece: string): Part[] {
	const parts: Part[] = [];
	let lines: string[] = [];
	let quoted = false;
	const flush = () => {
		if (lines.length === 0) return;
		parts.push({ type: quoted ? "quote" : "lines", children: parseInline(lines.join("\n")) });
		lines = [];
	};
	if (piece === "") return [];
	for (const line of piece.split("\n")) {
		const isQuote = QUOTE.test(line);
		if (isQuote !== quoted) flush();
		quoted = isQuote;
		lines.push(isQuote ? line.replace(QUOTE, "") : line);
	}
	flush();
	return parts;
}

/** Markup within a paragraph. */
export function parseInline(source: string): Inline[] {
	// Signs inside of code, tokens and emoji names style nothing.
	const plain = source.replace(HIDDEN, (token) => "\u0000".repeat(token.length));
	const parts: Inline[] = [];
	let done = 0;
	for (const found of plain.matchAll(STYLED)) {
		const end = found.index + found[0].length;
		parts.push(...parseTokens(source.slice(done, found.index)));
		parts.push({
			type: STYLES[found[1] as keyof typeof STYLES],
			children: parseInline(source.slice(found.index + 1, end - 1)),
		});
		done = end;
	}
	parts.push(...parseTokens(source.slice(done)));
	return parts;
}

function parseTokens(source: string): Inline[] {
	const parts: Inline[] = [];
	let done = 0;
	const addText = (text: string) => {
		if (text !== "") parts.push({ type: "text", text: decode(text) });
	};
	for (const found of source.matchAll(TOKEN)) {
		addText(source.slice(done, found.index));
		parts.push(toToken(found));
		done = found.index + found[0].length;
	}
	addText(source.slice(done));
	return parts;
}

function toToken([whole, code, reference, emoji]: RegExpExecArray): Inline {
	if (code !== undefined) return { type: "code", text: decode(code) };
	if (emoji !== undefined) return { type: "emoji", name: emoji };
	if (reference === undefined) return { type: "break" };
	return toReference(reference) ?? { type: "text", text: decode(whole) };
}

function toReference(reference: string): Inline | null {
	const [target = "", label = null] = splitOnce(reference, "|");
	const words = label === null ? null : decode(label);
	if (target.startsWith("@")) return { type: "user", id: target.slice(1), label: words };
	if (target.startsWith("#")) return { type: "channel", id: target.slice(1), label: words };
	if (target.startsWith("!subteam^")) return { type: "usergroup", id: target.slice(9), label: words };
	if (target.startsWith("!date^")) {
		const [, seconds, format = "", url = null] = target.split("^");
		return { type: "date", timestamp: Number(seconds), format, fallback: words ?? "", url };
	}
	if (target.startsWith("!")) return { type: "broadcast", range: target.slice(1) };
	const url = decode(target);
	if (!isWebAddress(url)) return null;
	return { type: "link", url, text: words ?? url.replace(/^mailto:/, "") };
}

/** Whether a click on it may go there; `javascript:` and the like may not. */
export function isWebAddress(url: string): boolean {
	return /^(https?|mailto|tel|slack):/i.test(url) && URL.canParse(url);
}

function splitOnce(text: string, sign: string): [string, string | null] {
	const at = text.indexOf(sign);
	return at < 0 ? [text, null] : [text.slice(0, at), text.slice(at + 1)];
}

function decode(text: string): string {
	return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}
