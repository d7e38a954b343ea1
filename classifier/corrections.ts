import type { CatalogueEntry } from "./catalogue.ts";
import { toOwnWords } from "./own-words.ts";
import { toTerms } from "./words.ts";

/** A request that people moved to another repository after it had been taken for another one. */
export interface Correction {
	/** What was asked. Anybody's words: data. */
	words: string;
	/** Where it was taken to; null: nowhere. */
	fromRepositoryId: string | null;
	toRepositoryId: string;
	/** Made in the very channel of the request, or by whoever asks now somewhere else. */
	scope: "channel" | "asker";
	/** Who moved it, for people to read. */
	by: string;
	daysAgo: number;
}

export interface NearCorrection extends Correction {
	/** 0 to 1: how alike what was asked then and now is. */
	nearness: number;
	/** The words in which they are alike. */
	shared: string[];
}

const MOST_NEAR = 10;
/** Fewer words in common are chance. */
const SAME_SHARED = 2;
const SAME_NEARNESS = 0.5;
/** A text is about what it says first; one that is stuffed with words is like nothing. */
const MOST_TERMS = 60;

/** Words of requests of every kind, which tell nothing of where they belong. */
const REQUEST_WORDS: ReadonlySet<string> = new Set(
	`bug broken bump change check code create crash debug delete error everything fail failing failed fail failure file
	find fix function handle implement improve investigate issue line merge message missing move name page problem pull
	refactor release remove rename repo repository request review rewrite run script slow task test text ticket time today
	tomorrow typo update upgrade user value version wrong yesterday`.split(/\s+/),
);

/**
 * The corrections that are about the same things as a text, nearest first, newer ones first of those that are as near.
 * Only those to repositories of the catalogue: what somebody may not use is never hinted at.
 */
export function findNear(
	text: string,
	corrections: readonly Correction[],
	repositories: readonly CatalogueEntry[],
): NearCorrection[] {
	const known = new Set(repositories.map(({ id }) => id));
	const asked = toSubject(text);
	return corrections
		.filter(({ toRepositoryId }) => known.has(toRepositoryId))
		.map((correction) => {
			const then = toSubject(correction.words);
			const shared = [...asked].filter((term) => then.has(term));
			const nearness = shared.length === 0 ? 0 : shared.length / Math.sqrt(asked.size * then.size);
			return { ...correction, shared, nearness };
		})
		.filter(({ nearness }) => nearness > 0)
		.sort((a, b) => b.nearness - a.nearness || a.daysAgo - b.daysAgo)
		.slice(0, MOST_NEAR);
}

/**
 * The correction that settles a request by itself: made in this channel about the same things, with none against it. Null:
 * there is none.
 */
export function findSame(near: readonly NearCorrection[]): NearCorrection | null {
	const same = near.filter(
		({ nearness, shared, scope }) =>
			scope === "channel" && shared.length >= SAME_SHARED && nearness >= SAME_NEARNESS,
	);
	const [nearest] = same;
	const isDisputed = same.some(({ toRepositoryId }) => toRepositoryId !== nearest?.toRepositoryId);
	return nearest === undefined || isDisputed ? null : nearest;
}

/** "today", "yesterday", "5 days ago", "last week", "3 weeks ago", "2 months ago" */
export function toAge(daysAgo: number): string {
	const days = Math.floor(daysAgo);
	if (days < 1) return "today";
	if (days < 2) return "yesterday";
	if (days < 7) return `${days} days ago`;
	if (days < 14) return "last week";
	if (days < 60) return `${Math.floor(days / 7)} weeks ago`;
	return `${Math.floor(days / 30)} months ago`;
}

/** What a request is about, in its author's own words. */
function toSubject(text: string): Set<string> {
	const terms = toTerms(toOwnWords(text).text).filter((term) => !REQUEST_WORDS.has(term));
	return new Set([...new Set(terms)].slice(0, MOST_TERMS));
}
