import { distance } from "fastest-levenshtein";

/** Pure. The same letters in another order. */
export function isMixedUp(word: string, known: string): boolean {
	const sorted = (letters: string) => [...letters].sort().join("");
	return word !== known && sorted(word) === sorted(known);
}

/** Pure. How many typing errors lie between two words; letters that changed places are one. */
export function stepsBetween(word: string, known: string): number {
	return isMixedUp(word, known) ? 1 : distance(word, known);
}
