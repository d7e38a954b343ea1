import type { SessionEvent } from "../../contract/event.ts";
import type { PromptFile } from "../../contract/session.ts";
import type { MaskedPart } from "../../db/schema/prompts.ts";

/** Pure. How many secrets were masked, and of what kinds, each once; null: none. */
export function countMasked(parts: readonly MaskedPart[]): { count: number; kinds: string[] } | null {
	const kinds = parts.flatMap((part) => part.kinds);
	return kinds.length === 0 ? null : { count: kinds.length, kinds: [...new Set(kinds)].sort() };
}

/** Pure. The files that the agent does not get, with why. */
export function listLeftOut(files: readonly PromptFile[]): { name: string; why: string }[] {
	return files.flatMap(({ name, leftOut }) => (leftOut === undefined ? [] : [{ name, why: leftOut }]));
}

/** Pure. What a session's log says of what was taken out of a prompt. */
export function toCareEvents(
	promptId: string,
	changed: { masked?: readonly MaskedPart[]; files?: readonly PromptFile[] },
): SessionEvent[] {
	const masked = countMasked(changed.masked ?? []);
	const files = listLeftOut(changed.files ?? []);
	return [
		...(masked === null ? [] : [{ type: "secrets.masked" as const, data: { promptId, ...masked } }]),
		...(files.length === 0 ? [] : [{ type: "files.left_out" as const, data: { promptId, files } }]),
	];
}
