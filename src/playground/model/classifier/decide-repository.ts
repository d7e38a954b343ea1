import type { Entry, Question } from "./read-question.ts";
import { toSpelling, toTerms, toWeightedTerms } from "./terms.ts";

export interface Choice {
	decision: "repository" | "none" | "unknown";
	repository: string | null;
	confidence: number;
	reason: string;
	candidates: string[];
}

/** Sentences that try to steer the choice are left out before anything is scored. */
const STEERING =
	/\b(ignore|disregard|forget)\b[^.!?\n]*\b(instructions?|previous|above|rules?|catalogue)\b|\b(always|must|only|now)\b[^.!?\n]*\b(choose|answer|pick|select|respond|reply|output|return)\b|\bsystem\s*(prompt|message|note|override)?\s*:|\bconfidence\b|\byou are (now )?an?\b/i;
const THANKS =
	/^\W*(?:ok(?:ay)?|great|perfect|nice|cool|awesome|thanks?|thank you|thx|ty|cheers|danke|merci|gracias|grazie|obrigad[oa]|lol|haha|hi|hello|hey|good (?:morning|evening|night|job)|well done|see you|bye|congrats|welcome)\b/i;
const GENERAL_QUESTION =
	/^\W*(what (is|are|was|does)|what's|who (is|was|are)|explain|define|how (do|does|to|many|much|old|long)|why (is|are|do|does)|when (is|was|did)|can you explain|tell me (about|a)|translate|difference between|which is (better|faster))\b/i;
const DEFINITION = /\bdifference between\b|\b(is|are|was) an?\b/i;
const ONLY_WORDS = /\bhere in (the|this) (thread|chat|channel)\b|\bno code\b/i;
const WORK =
	/\b(fix|add|implement|change|update|remove|refactor|rename|upgrade|bump|deploy|investigate|debug|crash\w*|broken|fail\w*|bugs?|tests?|our|we|pr|pull request|branch|release|endpoint|deploy\w*)\b/i;

const WEIGHTS = { message: 1, channel: 0.7, thread: 0.35, learned: 30 };
/** Requests that are less alike are about other things. */
const ALIKE = 0.5;
const FIELDS = { name: 3, alias: 3, topics: 2, hints: 1.5, languages: 1.2, description: 1.2 };

/** Scores the catalogue by shared words, rare ones first. It says "unknown" when nothing stands out. */
export function decideRepository(question: Question): Choice {
	const message = dropSteering(question.message);
	const ranked = rank(question, message);
	const candidates = ranked.slice(0, 5).map(({ entry }) => entry.name);
	const [best, second] = ranked;
	const overlap = best ? best.messageScore : 0;

	if (isSmallTalk(message, overlap)) {
		return choice("none", null, 0.9, "This needs no repository.", []);
	}
	if (!best || best.score < 2.5) {
		return choice(
			"unknown",
			null,
			0.2,
			"Nothing in the request tells which repository is meant.",
			candidates,
		);
	}
	const learned = best.learned > 0 && best.learned > (second?.learned ?? 0);
	const ahead = second ? best.score / second.score : 4;
	if (ahead < 1.4) {
		return choice(
			"unknown",
			null,
			0.4,
			`It could be ${best.entry.name} or ${second?.entry.name}.`,
			candidates,
		);
	}
	const confidence = Math.min(0.95, 0.55 + Math.min(ahead - 1, 2) * 0.13 + Math.min(best.score, 8) * 0.02);
	const reason = learned
		? "Similar requests were moved there."
		: best.words.length > 0
			? `It mentions ${best.words.slice(0, 3).join(", ")}.`
			: "What is said around it fits best.";
	return choice("repository", best.entry.name, Math.round(confidence * 100) / 100, reason, candidates);
}

interface Ranked {
	entry: Entry;
	score: number;
	messageScore: number;
	/** How alike a request is that people moved there; 0: none is. */
	learned: number;
	/** The request's own words that count most, quoted. */
	words: string[];
}

function rank({ catalogue, channel, thread, corrections }: Question, message: string): Ranked[] {
	const fields = catalogue.map(toFieldWeights);
	const documents = new Map<string, number>();
	for (const weights of fields) {
		for (const term of weights.keys()) documents.set(term, (documents.get(term) ?? 0) + 1);
	}
	const rarity = (term: string) =>
		Math.log(1 + catalogue.length / (documents.get(term) ?? catalogue.length)) / Math.LN2;

	const asked = toWeightedTerms(message);
	const spelling = toSpelling(message);
	const around = new Map<string, number>();
	const addAround = (text: string, weight: number) => {
		for (const [term, strength] of toWeightedTerms(text)) {
			around.set(term, Math.max(around.get(term) ?? 0, strength * weight));
		}
	};
	if (channel) addAround(`${channel.name} ${channel.topic}`, WEIGHTS.channel);
	for (const { text } of thread.slice(-8)) addAround(dropSteering(text), WEIGHTS.thread);

	return catalogue
		.map((entry, index) => {
			const weights = fields[index] ?? new Map<string, number>();
			let messageScore = 0;
			let aroundScore = 0;
			const words: [string, number][] = [];
			for (const [term, fieldWeight] of weights) {
				const points = fieldWeight * rarity(term);
				const fromMessage = (asked.get(term) ?? 0) * points;
				messageScore += fromMessage;
				if (fromMessage === 0) aroundScore += (around.get(term) ?? 0) * points;
				const word = spelling.get(term);
				if (fromMessage > 0 && word !== undefined) words.push([word, fromMessage]);
			}
			const named = isNamed(entry, message) ? 12 : 0;
			const learned = Math.max(
				0,
				...corrections
					.filter((correction) => correction.moved_to === entry.name)
					.map((correction) => toLikeness(message, dropSteering(correction.asked))),
			);
			return {
				entry,
				learned,
				score: messageScore + aroundScore + named + learned * WEIGHTS.learned,
				messageScore: messageScore + named,
				words: words.sort((a, b) => b[1] - a[1]).map(([word]) => `“${word}”`),
			};
		})
		.filter(({ score }) => score > 0)
		.sort((a, b) => b.score - a.score);
}

/** 0, or from `ALIKE` to 1: how many words two requests share, of those that tell anything. */
function toLikeness(message: string, before: string): number {
	const [now, then] = [toTelling(message), toTelling(before)];
	const shared = now.filter((term) => then.includes(term)).length;
	const likeness = shared / Math.sqrt(Math.max(1, now.length) * Math.max(1, then.length));
	return shared >= 2 && likeness >= ALIKE ? likeness : 0;
}

function toTelling(text: string): string[] {
	return [...toWeightedTerms(text)].flatMap(([term, weight]) => (weight === 1 ? [term] : []));
}

/** Each term of an entry with the weight of the strongest field that it is in. */
function toFieldWeights(entry: Entry): Map<string, number> {
	const weights = new Map<string, number>();
	const put = (text: string, weight: number) => {
		for (const term of toTerms(text)) weights.set(term, Math.max(weights.get(term) ?? 0, weight));
	};
	put(entry.description, FIELDS.description);
	put(entry.hints, FIELDS.hints);
	put(entry.languages.join(" "), FIELDS.languages);
	put(entry.topics.join(" "), FIELDS.topics);
	put(entry.aliases.join(" "), FIELDS.alias);
	put(entry.name.split("/")[1] ?? entry.name, FIELDS.name);
	return weights;
}

function isNamed(entry: Entry, message: string): boolean {
	const text = ` ${message.toLowerCase().replace(/[^\p{L}\p{N}/_.-]+/gu, " ")} `;
	const bare = entry.name.split("/")[1] ?? entry.name;
	return [entry.name, bare, ...entry.aliases].some(
		(name) => name.length > 2 && text.includes(` ${name.toLowerCase()} `),
	);
}

function isSmallTalk(message: string, overlap: number): boolean {
	const words = message.trim().split(/\s+/).length;
	if (WORK.test(message)) return false;
	if (THANKS.test(message) && words <= 14) return true;
	if (GENERAL_QUESTION.test(message)) return overlap < (DEFINITION.test(message) ? 5 : 2.5);
	return ONLY_WORDS.test(message) || (/\?\s*$/.test(message) && overlap === 0 && words > 3);
}

function dropSteering(text: string): string {
	return text
		.split(/(?<=[.!?\n])\s+|\n/)
		.filter((sentence) => !STEERING.test(sentence))
		.join(" ");
}

function choice(
	decision: Choice["decision"],
	repository: string | null,
	confidence: number,
	reason: string,
	candidates: string[],
): Choice {
	return { decision, repository, confidence, reason, candidates };
}
