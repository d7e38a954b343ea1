/** A word of a text: lower case, with its place in the text it came from. */
export interface Word {
	text: string;
	start: number;
	end: number;
}

/** Words that say nothing about which repository is meant. */
export const STOP_WORDS: ReadonlySet<string> = new Set(
	`a about add after all also an and any anything are as at be because been before but by can cannot change
	could did do does doing done each every everybody everything for from get gets give go goes going good got
	had has have hello help her here hey hi him his how i if in into is it its just let like look looks made
	make makes me more my need needs new no not now of off ok on one only or our out over own people please pls
	put say see seems should show shows so some someone something still such take than thank thanks that the
	their them then there these they thing things this those to too try two up us use used using very want wants
	was way we well were what when where which while who why will with without work working works would yes you
	your`
		.split(/\s+/)
		.filter((word) => word !== ""),
);

const INVISIBLE = /[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]/g;

/** Text in one canonical form: no broken surrogates, no invisible characters, wide letters made plain. */
export function toCanonical(text: string): string {
	return text.toWellFormed().normalize("NFKC").replace(INVISIBLE, "");
}

/**
 * The words of a text. Latin letters, digits and `. _ / + -` stay together, so that `payments-api` and `acme/shop` are
 * one word; other scripts are words of their own, so that a name is found inside Japanese text too. Words over 200
 * characters are left out: no name is that long.
 */
export function splitWords(text: string): Word[] {
	const words: Word[] = [];
	for (const match of text.matchAll(
		/[\p{Script=Latin}\p{N}._\/+\-]+|[[\p{L}\p{M}]--[\p{Script=Latin}]]+/gv,
	)) {
		const raw = match[0];
		if (raw.length > 200) continue;
		const word = raw.replace(/^_+/, "").replace(/[._-]+$/, "");
		if (word === "") continue;
		const start = match.index + raw.indexOf(word);
		words.push({ text: word.toLowerCase(), start, end: start + word.length });
	}
	return words;
}

/** What a text is about, for scoring: lower-case terms without stop words, compound names taken apart, plurals cut. */
export function toTerms(text: string): string[] {
	return text
		.replace(/(\p{Ll})(\p{Lu})/gu, "$1 $2")
		.toLowerCase()
		.split(/[^\p{L}\p{M}\p{N}]+/u)
		.filter((word) => word.length > 1 && word.length <= 60 && !STOP_WORDS.has(word))
		.map(toSingular);
}

function toSingular(word: string): string {
	if (word.length > 4 && word.endsWith("ies")) return `${word.slice(0, -3)}y`;
	if (word.length > 3 && word.endsWith("s") && !word.endsWith("ss")) return word.slice(0, -1);
	return word;
}
