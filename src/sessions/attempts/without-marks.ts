/** Pure. Markdown's words without the marks that style them; what is marked as code stays as it is, and so do names. */
export function withoutMarks(markdown: string): string {
	return markdown.replace(/`([^`\n]*)`|`|(?<![\p{L}\p{N}])[*_]+|[*_]+(?![\p{L}\p{N}])/gu, "$1");
}
