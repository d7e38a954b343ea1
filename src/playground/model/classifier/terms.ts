const STOP = new Set(
	"a about add after all also am an and any are as at be because been before but by can cannot could day did do does doing done for from get gets give go goes going good got had has have hello help her here hey hi him his how i if in into is it its just know let like look looks made make makes me more my need needs new no not now of off ok on one only or our out over own people please pls put really say see seem seems should show so some someone something sorry still such sure take than thank thanks that the their them then there these they thing things this those time to today too try two up us use used using very want wants was way we week well were what when where which while who whole why will with without work working works would yes yesterday you your fix bug bugs broken wrong issue problem fail fails failing failed error errors repo repository code change update".split(
		" ",
	),
);

/** Words that fit every repository a little. */
const VAGUE = new Set(
	"api app build cache ci cpu data date deploy dependency doc error file format function id library line log memory message name page release request screen server service test time type user version".split(
		" ",
	),
);
const VAGUE_WEIGHT = 0.4;

/** Words of ordinary speech for the same thing. */
const SYNONYMS: Record<string, readonly string[]> = {
	basket: ["cart"],
	login: ["auth", "signin"],
	signin: ["auth", "login"],
	signup: ["auth", "registration"],
	password: ["auth"],
	sso: ["auth"],
	iphone: ["ios", "swift"],
	ipad: ["ios", "swift"],
	pixel: ["android"],
	samsung: ["android"],
	documentation: ["docs"],
	docs: ["documentation"],
	guide: ["docs"],
	k8s: ["kubernetes"],
	tf: ["terraform"],
	py: ["python"],
	ts: ["typescript"],
	tsx: ["typescript", "web"],
	kt: ["kotlin", "android"],
	rs: ["rust"],
	rb: ["ruby"],
	css: ["web"],
	browser: ["web"],
	website: ["web"],
	page: ["web"],
	buy: ["checkout", "shop"],
	pay: ["payment"],
	paid: ["payment"],
	card: ["payment"],
	refund: ["payment"],
	invoice: ["billing"],
	email: ["mail", "notification"],
	push: ["notification"],
	dashboard: ["analytics"],
	metric: ["analytics", "monitoring"],
	pipeline: ["etl", "data"],
	warehouse: ["data"],
	cluster: ["kubernetes", "infra"],
	deploy: ["infra"],
	button: ["component", "ui"],
	icon: ["component", "design"],
	color: ["design"],
	colour: ["design"],
};

/** What a text is about: lower-case stems without stop words. */
export function toTerms(text: string): string[] {
	return [...toSpelling(text).keys()];
}

/** The stems of a text, each with the word as it was written first. */
export function toSpelling(text: string): Map<string, string> {
	const spelling = new Map<string, string>();
	for (const word of splitWords(text)) {
		const stem = toStem(word);
		if (!spelling.has(stem)) spelling.set(stem, word);
	}
	return spelling;
}

function splitWords(text: string): string[] {
	return text
		.toWellFormed()
		.replace(/(\p{Ll})(\p{Lu})/gu, "$1 $2")
		.toLowerCase()
		.split(/[^\p{L}\p{M}\p{N}]+/u)
		.filter((word) => word.length > 1 && word.length <= 40 && !STOP.has(word));
}

/** The same with words of ordinary speech widened to what repositories call things; widened ones count less. */
export function toWeightedTerms(text: string): Map<string, number> {
	const weights = new Map<string, number>();
	for (const term of toTerms(text)) {
		weights.set(term, VAGUE.has(term) ? VAGUE_WEIGHT : 1);
		for (const other of SYNONYMS[term] ?? []) {
			const stem = toStem(other);
			weights.set(stem, Math.max(weights.get(stem) ?? 0, 0.6));
		}
	}
	return weights;
}

function toStem(word: string): string {
	if (word.length > 4 && word.endsWith("ies")) return `${word.slice(0, -3)}y`;
	if (word.length > 6 && word.endsWith("ing")) return word.slice(0, -3);
	if (word.length > 5 && word.endsWith("ed")) return word.slice(0, -2);
	if (word.length > 3 && word.endsWith("s") && !word.endsWith("ss") && !word.endsWith("us"))
		return word.slice(0, -1);
	return word;
}
