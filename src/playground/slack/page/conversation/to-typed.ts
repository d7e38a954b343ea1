/** A message's text as its author would type it: names instead of references, characters instead of escapes. */
export function toTyped(text: string, nameOf: (userId: string) => string | null): string {
	return text
		.replaceAll(/<@([A-Z0-9]+)(?:\|[^<>]*)?>/g, (whole, id: string) => {
			const name = nameOf(id);
			return name === null ? whole : `@${name}`;
		})
		.replaceAll(/<#[A-Z0-9]+\|([^<>]*)>/g, "#$1")
		.replaceAll(/<!(channel|here|everyone)>/g, "@$1")
		.replaceAll(/<((?:https?|mailto):[^<>|]+)(?:\|[^<>]*)?>/g, "$1")
		.replaceAll("&lt;", "<")
		.replaceAll("&gt;", ">")
		.replaceAll("&amp;", "&");
}
