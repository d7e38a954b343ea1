/** Typed text as the `rich_text` that a `rich_text_input` reports; null for nothing. */
export function richTextOf(text: string): Record<string, unknown> | null {
	if (text === "") return null;
	return {
		type: "rich_text",
		elements: [{ type: "rich_text_section", elements: [{ type: "text", text }] }],
	};
}

/** The bare words of a `rich_text` value. */
export function textOf(value: unknown): string {
	if (typeof value !== "object" || value === null) return "";
	if (Array.isArray(value)) return value.map(textOf).join("");
	if ("text" in value && typeof value.text === "string") return value.text;
	return "elements" in value ? textOf(value.elements) : "";
}
