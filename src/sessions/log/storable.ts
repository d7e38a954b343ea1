/** PostgreSQL keeps neither NUL nor half a surrogate pair in text. Both are replaced by U+FFFD. */
export function toStorableText(text: string): string {
	return text.toWellFormed().replaceAll("\u0000", "\uFFFD");
}

/** A value as JSON text that a jsonb column takes. */
export function toStorableJson(value: unknown): string {
	const json = JSON.stringify(value);
	// Only what had to be escaped can be unstorable; most events hold nothing of the kind.
	if (!json.includes("\\u")) return json;
	return JSON.stringify(value, (_key, inner: unknown) =>
		typeof inner === "string" ? toStorableText(inner) : inner,
	);
}
