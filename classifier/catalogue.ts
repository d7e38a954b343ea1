import { toTerms } from "./words.ts";

/** A repository as the classifier knows it. `hints` is free text by its owners on what belongs there. */
export interface CatalogueEntry {
	id: string;
	owner: string;
	name: string;
	description: string;
	hints: string;
	aliases: string[];
	/** `owner/name` each, from before it was renamed. */
	formerNames?: string[];
	languages: string[];
	topics: string[];
}

/** Text that may tell the repository, and how far it is to be believed: 1 is the message itself. */
export interface Evidence {
	text: string;
	weight: number;
}

export interface Ranked {
	repository: CatalogueEntry;
	score: number;
}

/** What a fast model can read in time. */
const SHORTLIST = 60;

const FIELD_WEIGHTS: [weight: number, toText: (entry: CatalogueEntry) => string][] = [
	[3, (entry) => entry.name],
	[3, (entry) => entry.aliases.join(" ")],
	[1.5, (entry) => entry.topics.join(" ")],
	[1.5, (entry) => entry.hints],
	[1, (entry) => entry.description],
	[1, (entry) => entry.languages.join(" ")],
];

/**
 * Sorts repositories by how many of the evidence's terms they share, rare terms counting more. Best first; equal
 * scores keep the catalogue's order. Nothing here is asked of a network: 10,000 entries are one short loop.
 */
export function rankRepositories(evidence: Evidence[], repositories: CatalogueEntry[]): Ranked[] {
	const wanted = new Map<string, number>();
	for (const { text, weight } of evidence) {
		for (const term of toTerms(text)) wanted.set(term, Math.max(weight, wanted.get(term) ?? 0));
	}
	const hits = repositories.map((entry) => findHits(entry, wanted));
	const frequency = new Map<string, number>();
	for (const found of hits) {
		for (const term of found.keys()) frequency.set(term, (frequency.get(term) ?? 0) + 1);
	}
	return repositories
		.map((repository, index) => {
			let score = 0;
			for (const [term, fieldWeight] of hits[index] ?? []) {
				const rarity = Math.log(1 + repositories.length / (frequency.get(term) ?? 1));
				score += rarity * fieldWeight * (wanted.get(term) ?? 0);
			}
			return { repository, score };
		})
		.sort((a, b) => b.score - a.score);
}

/** All repositories where they are few, else the wanted ones and the best ranked. */
export function takeShortlist(
	ranked: Ranked[],
	repositories: CatalogueEntry[],
	wantedIds: string[] = [],
): CatalogueEntry[] {
	if (repositories.length <= SHORTLIST) return repositories;
	const wanted = repositories.filter((entry) => wantedIds.includes(entry.id)).slice(0, SHORTLIST);
	const best = ranked.map(({ repository }) => repository).filter((entry) => !wanted.includes(entry));
	return [...wanted, ...best.slice(0, SHORTLIST - wanted.length)];
}

function findHits(entry: CatalogueEntry, wanted: Map<string, number>): Map<string, number> {
	const found = new Map<string, number>();
	for (const [weight, toText] of FIELD_WEIGHTS) {
		const text = toText(entry);
		if (text === "") continue;
		for (const term of toTerms(text)) {
			if (wanted.has(term) && (found.get(term) ?? 0) < weight) found.set(term, weight);
		}
	}
	return found;
}
