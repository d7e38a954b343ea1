import type { SaidMessage } from "../../db/schema/prompts.ts";

const MAX_CHARACTERS = 40_000;

/** Pure. What fits into a prompt: the first message, and as many of the last ones as there is room for. */
export function boundSaid(said: readonly SaidMessage[]): { said: SaidMessage[]; leftOut: number } {
	const [first, ...rest] = said;
	if (first === undefined) return { said: [], leftOut: 0 };
	let room = MAX_CHARACTERS - first.text.length;
	const kept: SaidMessage[] = [];
	for (const one of rest.toReversed()) {
		room -= one.text.length;
		if (room < 0) break;
		kept.unshift(one);
	}
	return { said: [first, ...kept], leftOut: rest.length - kept.length };
}
