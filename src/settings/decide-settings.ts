import type { ReplyMode, Verbosity } from "../contract/settings.ts";

/** What was chosen at one place; null: nothing. */
export interface Chosen {
	verbosity: Verbosity | null;
	replies: ReplyMode | null;
	model: string | null;
}

/** Pure. The nearest choice counts: `places` from the nearest to the widest, such as thread, channel, person. */
export function decideSettings(
	places: readonly Partial<Chosen>[],
	defaults: { model: string },
): { verbosity: Verbosity; replies: ReplyMode; model: string } {
	const nearest = <K extends keyof Chosen>(key: K) =>
		places.map((place) => place[key]).find((choice) => choice !== null && choice !== undefined);
	return {
		verbosity: nearest("verbosity") ?? "normal",
		replies: nearest("replies") ?? "judged",
		model: nearest("model") ?? defaults.model,
	};
}
