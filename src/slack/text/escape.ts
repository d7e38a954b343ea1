/** Characters that Slack reads as markup in any text of a message. */
export function escapeMrkdwn(text: string): string {
	return breakPings(text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;"));
}

/** What turns the direction of all that follows: a file's name could read as another's. */
const TURNS = /[\u202a-\u202e\u2066-\u2069]/g;

const oneLine = (text: string) => text.replace(TURNS, "").replace(/\s+/g, " ").trim();

/** What styles text: not between two letters, as in a variable's name, but for the sign of code. */
const STYLING = /`|[*_~](?![\p{L}\p{N}])|(?<![\p{L}\p{N}])[*_~]/gu;

/** Text that we did not write, as one line without any styling of its own: escaped, flattened, cut at `maxLength`. */
export function plainLine(text: string, maxLength: number): string {
	return escapeMrkdwn(cut(oneLine(text), maxLength).replace(STYLING, "\u200b$&\u200b"));
}

/** A name or a path as inline code. */
export function codeSpan(text: string, maxLength = 120): string {
	const line = cut(oneLine(text), maxLength).replaceAll("`", "'");
	return `\`${escapeMrkdwn(line === "" ? " " : line)}\``;
}

/** Cuts at a length in UTF-16 units, never inside a character, and shows that it did. */
export function cut(text: string, maxLength: number): string {
	const whole = text.toWellFormed();
	if (whole.length <= maxLength) return whole;
	const end = whole.slice(0, maxLength - 1);
	return `${/[\ud800-\udbff]$/.test(end) ? end.slice(0, -1) : end}…`;
}

/** `@channel` and the like written out: Slack links them where a client asks for it, a zero-width space stops that. */
export function breakPings(text: string): string {
	return text.replace(/@(channel|here|everyone)\b/gi, "@\u200b$1");
}
