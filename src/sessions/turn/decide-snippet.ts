import type { FileChange } from "../../contract/event.ts";

const MAX_LINES = 40;
const MAX_CHARACTERS = 2_500;

/**
 * What a turn changed as one small diff; null where it is more than one looks at in passing, or is not known whole. A file
 * that was changed twice is left out with all: its diffs one after the other are not what became of it.
 */
export function decideSnippet(changes: readonly FileChange[]): string | null {
	if (changes.length === 0 || new Set(changes.map(({ path }) => path)).size < changes.length) return null;
	const parts = changes.map(({ path, diff }) => {
		const hunks = diff?.slice(diff.indexOf("@@ ")).trimEnd();
		return hunks?.startsWith("@@ ") ? `${path}\n${hunks}` : null;
	});
	if (parts.some((part) => part === null)) return null;
	const text = parts.join("\n");
	return text.split("\n").length > MAX_LINES || text.length > MAX_CHARACTERS ? null : text;
}
