/** Text fit for an event: PostgreSQL's jsonb refuses U+0000, and lone surrogates are no text. */
export function toCleanText(text: string): string {
	return text.toWellFormed().replaceAll("\u0000", "\uFFFD");
}

/** The first `maxBytes` of a text in UTF-8, with a mark where it was cut. */
export function keepStart(text: string, maxBytes: number): string {
	const clean = toCleanText(text);
	const bytes = Buffer.from(clean);
	if (bytes.length <= maxBytes) return clean;
	return `${bytes.toString("utf8", 0, maxBytes - 8).replace(/\uFFFD+$/, "")}\n…`;
}

/** The last `maxBytes` of a text in UTF-8, with a mark where it was cut. */
export function keepEnd(text: string, maxBytes: number): string {
	const clean = toCleanText(text);
	const bytes = Buffer.from(clean);
	if (bytes.length <= maxBytes) return clean;
	return `…\n${bytes.toString("utf8", bytes.length - maxBytes + 8).replace(/^\uFFFD+/, "")}`;
}

/** A tool's input as it is kept: every text in it clean and short. */
export function toShortInput(input: Record<string, unknown>): unknown {
	return JSON.parse(
		JSON.stringify(input, (_key, value) => (typeof value === "string" ? keepStart(value, 2048) : value)),
	);
}
