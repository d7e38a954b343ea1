import type { CatalogueEntry } from "./catalogue.ts";
import { STOP_WORDS, splitWords, toTerms } from "./words.ts";

/** What the repositories of a catalogue are called, ready to be looked up word by word. All keys are lower case. */
export interface Names {
	/** "owner/name" → id. */
	full: ReadonlyMap<string, string>;
	/** Name or alias → ids; several where it is not unique. */
	bare: ReadonlyMap<string, string[]>;
	owners: ReadonlySet<string>;
	longestAliasWords: number;
	/** Whether nobody writes this name by chance: it is compound, or a word that no other repository uses of itself. */
	isDistinctive(bareName: string): boolean;
}

/**
 * Plain words that name things in every company: as a repository's name or alias they count only where they are
 * marked as a name (`docs`, "the docs repo", "docs: …").
 */
const EVERYDAY_WORDS: ReadonlySet<string> = new Set(
	`admin analytics android api app apps auth backend backlog billing bot build cart catalog catalogue checkout
	client code common config console core dashboard data database deploy deployment design docs documentation email emails
	examples feature features frontend gateway home identity infra infrastructure integration internal inventory jobs
	landing library login mail main marketing master mobile model models monitoring notifications orders page payment
	payments pipeline platform portal prod production release reports sandbox scripts search security seller server service
	services settings shared shipping shop shopping site staging store storage support team test testing tests theme tool
	tooling tools tracking user users utils webapp website worker workers`.split(/\s+/),
);

/** Reads a catalogue once for a look-up. */
export function indexNames(repositories: CatalogueEntry[]): Names {
	const full = new Map<string, string>();
	const bare = new Map<string, string[]>();
	const owners = new Set<string>();
	let longestAliasWords = 1;
	for (const entry of repositories) {
		full.set(`${entry.owner}/${entry.name}`.toLowerCase(), entry.id);
		owners.add(entry.owner.toLowerCase());
		for (const name of [entry.name, ...entry.aliases]) {
			const words = splitWords(name).map((word) => word.text);
			const key = words.join(" ");
			if (key.length < 2 || words.length > 5) continue;
			bare.set(key, [...new Set([...(bare.get(key) ?? []), entry.id])]);
			longestAliasWords = Math.max(longestAliasWords, words.length);
		}
	}
	// A name leads on until another repository takes it.
	for (const { id, formerNames = [] } of repositories)
		for (const name of formerNames) if (!full.has(name.toLowerCase())) full.set(name.toLowerCase(), id);
	let usage: Map<string, number> | null = null;
	return {
		full,
		bare,
		owners,
		longestAliasWords,
		isDistinctive(key) {
			if (/[\s\-_.\d]/.test(key)) return true;
			if (key.length < 4 || STOP_WORDS.has(key) || EVERYDAY_WORDS.has(key)) return false;
			usage ??= countUsage(repositories);
			const [term = key] = toTerms(key);
			return (usage.get(term) ?? 0) <= (bare.get(key)?.length ?? 0);
		},
	};
}

/** Term → how many repositories use it of themselves. */
function countUsage(repositories: CatalogueEntry[]): Map<string, number> {
	const usage = new Map<string, number>();
	for (const { name, aliases, description, hints, topics } of repositories) {
		const text = `${name} ${aliases.join(" ")} ${description} ${hints} ${topics.join(" ")}`;
		for (const term of new Set(toTerms(text))) usage.set(term, (usage.get(term) ?? 0) + 1);
	}
	return usage;
}
