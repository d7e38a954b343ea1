import { type CatalogueEntry, type Evidence, rankRepositories, takeShortlist } from "./catalogue.ts";
import { type Correction, findNear, findSame, type NearCorrection, toAge } from "./corrections.ts";
import type { FastCall, FastModel, FastModelFailure } from "./fast-model.ts";
import { type Answer, answerSchema, buildPrompt } from "./prompt.ts";
import { findNamed } from "./rules.ts";
import { findTopicRepository } from "./topic.ts";

export interface ClassifyInput {
	/** What the person asks, as written, without the mention of the bot. */
	text: string;
	channel: { name: string; topic: string } | null;
	/** Earlier messages of the thread, oldest first. */
	thread: { author: string; text: string }[];
	repositories: CatalogueEntry[];
	/** There are more than these, which the message may mean less likely. */
	hasMore?: boolean;
	/** Repositories that cannot be worked on, by `owner/name`, each with one sentence for whoever names it. */
	unusable?: { name: string; why: string }[];
	/** The repository that this thread already works on. */
	threadRepositoryId: string | null;
	/** The channel's default repository. */
	channelRepositoryId: string | null;
	/** What people corrected earlier: in this channel, and whoever asks elsewhere. */
	corrections?: Correction[];
}

type RuleRung = "named" | "thread" | "learned" | "channel" | "topic" | "only";

/** `reason` is one plain line for people, at most 200 characters; of a choice a clause that goes on after its name. */
export type Classification =
	| {
			outcome: "chosen";
			repositoryId: string;
			how: RuleRung | "model";
			reason: string;
			/** 0 to 1; null where no model was asked. */
			confidence: number | null;
	  }
	| { outcome: "none"; reason: string }
	/** The person must be asked. `candidates` are repository ids, best first, at most 5. */
	| { outcome: "ask"; reason: string; candidates: string[] };

export interface Classifier {
	/** Always ends in a decision; rejects only when `signal` is aborted. `onCall` is told what the model is paid for. */
	classify(
		input: ClassifyInput,
		signal?: AbortSignal,
		onCall?: (call: FastCall) => void,
	): Promise<Classification>;
}

export interface ClassifierDeps {
	/** null: nothing is guessed, people are asked. */
	model: FastModel | null;
	log?: { warn(fields: Record<string, unknown>, message: string): void };
}

const MAX_CANDIDATES = 5;
/** Below it a model's choice becomes a question. */
const MIN_CONFIDENCE = 0.7;
const CLEAR_CONFIDENCE = 0.9;
/** A correction that is less near is no reason to offer its repository first. */
const OFFERED_NEARNESS = 0.3;
const CANNOT_TELL = "I could not tell which repository you mean.";

const FAILURE_REASONS: Record<FastModelFailure, string> = {
	timeout: "I could not tell in time which repository you mean.",
	refused: "The model would not say which repository you mean.",
	no_tool_call: "The model gave no usable answer about the repository.",
	overloaded: "The model is overloaded, so I could not find out which repository you mean.",
	unreachable: "The model cannot be reached, so I could not find out which repository you mean.",
	rejected: "The model refused my question, so I could not find out which repository you mean.",
	malformed: "The model gave no usable answer about the repository.",
};

/**
 * Builds the ladder: named → thread → learned → channel → topic → only one → fast model → ask. The first rung that is sure decides, and
 * whatever fails ends in asking.
 */
export function createClassifier({ model, log }: ClassifierDeps): Classifier {
	return {
		async classify(input, signal, onCall) {
			const near = findNear(input.text, input.corrections ?? [], input.repositories);
			const ruled = decideByRules(input, near);
			if (ruled.outcome !== "unsettled") return ruled;
			const ranked = rankRepositories(toEvidence(input), input.repositories);
			const likely = ranked.filter(({ score }) => score > 0).map(({ repository }) => repository.id);
			const learned = near
				.filter(({ nearness }) => nearness >= OFFERED_NEARNESS)
				.map(({ toRepositoryId }) => toRepositoryId);
			const ask = (reason: string, first: string[] = []): Classification => ({
				outcome: "ask",
				reason: toLine(reason),
				candidates: [...new Set([...ruled.named.targetIds, ...first, ...learned, ...likely])].slice(
					0,
					MAX_CANDIDATES,
				),
			});
			if (ruled.ask !== null) return ask(ruled.ask);
			if (model === null) return ask(CANNOT_TELL);

			const wanted = [...ruled.named.targetIds, ...near.map(({ toRepositoryId }) => toRepositoryId)];
			const shortlist = takeShortlist(ranked, input.repositories, wanted);
			const prompt = buildPrompt({ ...input, repositories: shortlist, corrections: near });
			const result = await model.ask(prompt, signal, onCall);
			if (result.outcome === "failed") {
				log?.warn(
					{ failure: result.failure, detail: result.detail, model: model.name },
					"classifier: no answer",
				);
				return ask(FAILURE_REASONS[result.failure]);
			}
			const answer = answerSchema.safeParse(result.input);
			if (!answer.success) {
				log?.warn({ issues: answer.error.issues, model: model.name }, "classifier: malformed answer");
				return ask(FAILURE_REASONS.malformed);
			}
			return decideByAnswer(answer.data, { shortlist, named: ruled.named, ask });
		},
	};
}

/**
 * What the rules alone say, at once and without a model. `none`: something is named that is none of these; `open`: any
 * may be meant.
 */
export function guessByRules(
	input: Pick<ClassifyInput, "text" | "repositories" | "hasMore" | "channelRepositoryId">,
): { outcome: "likely"; repositoryId: string } | { outcome: "open" } | { outcome: "none" } {
	const ruled = decideByRules({ ...input, channel: null, thread: [], threadRepositoryId: null }, []);
	if (ruled.outcome === "chosen") return { outcome: "likely", repositoryId: ruled.repositoryId };
	const [named] = ruled.named.targetIds;
	if (named !== undefined) return { outcome: "likely", repositoryId: named };
	return { outcome: ruled.ask === null ? "open" : "none" };
}

type Ruled =
	| Extract<Classification, { outcome: "chosen" }>
	/** `ask` is set where a model must not decide. */
	| { outcome: "unsettled"; ask: string | null; named: Named };

/** What the author named without settling it: `targetIds` may be meant, `asideIds` are not. */
interface Named {
	targetIds: string[];
	asideIds: string[];
}

function decideByRules(input: ClassifyInput, near: NearCorrection[]): Ruled {
	const known = new Set(input.repositories.map(({ id }) => id));
	const choose = (repositoryId: string, how: RuleRung, reason: string): Ruled => ({
		outcome: "chosen",
		repositoryId,
		how,
		reason: toLine(reason),
		confidence: null,
	});
	const unsettled = (ask: string | null, named: Named = { targetIds: [], asideIds: [] }): Ruled => ({
		outcome: "unsettled",
		ask,
		named,
	});

	const [only] = input.repositories;
	if (only === undefined && !input.hasMore) return unsettled("No repository is connected yet.");
	const naming = findNamed(input.text, input.repositories);
	if (naming.outcome === "one") return choose(naming.repositoryId, "named", "you named it");
	if (naming.outcome === "unknown") {
		const unusable = input.unusable?.find(({ name }) => name.toLowerCase() === naming.name.toLowerCase());
		return unsettled(unusable?.why ?? `${naming.name} is not a repository that I know here.`);
	}
	if (naming.outcome === "nothing") {
		const why = findUnusable(input);
		if (why !== null) return unsettled(why);
	}
	if (input.threadRepositoryId !== null && known.has(input.threadRepositoryId)) {
		return choose(input.threadRepositoryId, "thread", "this thread is about it");
	}
	// A default must not overrule somebody who named other repositories, however unclearly.
	const isUnclear = naming.outcome === "unclear";
	if (!isUnclear) {
		const same = findSame(near);
		if (same) {
			const reason = `${same.by} moved a similar request of this channel here ${toAge(same.daysAgo)}`;
			return choose(same.toRepositoryId, "learned", reason);
		}
		if (input.channelRepositoryId !== null && known.has(input.channelRepositoryId)) {
			return choose(input.channelRepositoryId, "channel", "this channel's default");
		}
		const topicRepositoryId = findTopicRepository(input.channel?.topic ?? "", input.repositories);
		if (topicRepositoryId !== null)
			return choose(topicRepositoryId, "topic", "this channel's topic names it");
	}
	if (only === undefined) return unsettled(CANNOT_TELL);
	if (input.repositories.length === 1 && !input.hasMore) return choose(only.id, "only", "the only one here");
	return unsettled(null, isUnclear ? naming : undefined);
}

/** Why the one repository that a message names by its short name cannot be worked on; null: it names none of those. */
function findUnusable({
	text,
	repositories,
	unusable = [],
}: Pick<ClassifyInput, "text" | "repositories" | "unusable">): string | null {
	if (unusable.length === 0) return null;
	const entries = unusable.map(({ name: id }): CatalogueEntry => {
		const [owner = "", name = ""] = id.split("/");
		return { id, owner, name, description: "", hints: "", aliases: [], languages: [], topics: [] };
	});
	const naming = findNamed(text, [...repositories, ...entries]);
	if (naming.outcome !== "one") return null;
	return unusable.find(({ name }) => name === naming.repositoryId)?.why ?? null;
}

function decideByAnswer(
	answer: Answer,
	context: {
		shortlist: CatalogueEntry[];
		named: Named;
		ask: (reason: string, first?: string[]) => Classification;
	},
): Classification {
	const { shortlist, named, ask } = context;
	const ids = new Map(shortlist.map((entry) => [`${entry.owner}/${entry.name}`.toLowerCase(), entry.id]));
	const toId = (name: string) => ids.get(name.trim().toLowerCase());
	const candidates = answer.candidates.map(toId).filter((id) => id !== undefined);
	const reason = toLine(answer.reason);
	if (answer.decision === "unknown") {
		return ask(reason === "" ? CANNOT_TELL : reason, candidates);
	}
	if (answer.decision === "none") {
		if (answer.confidence < MIN_CONFIDENCE || named.targetIds.length > 0) {
			return ask("I was not sure that this needs a repository.", candidates);
		}
		return { outcome: "none", reason: reason === "" ? "This needs no repository." : reason };
	}
	const repositoryId = toId(answer.repository ?? "");
	if (repositoryId === undefined) return ask("The model named a repository that does not exist.", candidates);
	const namedAny = named.targetIds.length > 0;
	const contradicts = namedAny
		? !named.targetIds.includes(repositoryId)
		: named.asideIds.includes(repositoryId);
	// Where the author named several, only a model that has no doubt may pick one of them.
	const needed = namedAny ? CLEAR_CONFIDENCE : MIN_CONFIDENCE;
	if (answer.confidence < needed || contradicts) {
		return ask(`I was not sure: ${reason}`, contradicts ? candidates : [repositoryId, ...candidates]);
	}
	const guess = toLine(`my guess: ${toClause(reason)}`);
	return { outcome: "chosen", repositoryId, how: "model", reason: guess, confidence: answer.confidence };
}

function toEvidence(input: ClassifyInput): Evidence[] {
	return [
		{ text: input.text, weight: 1 },
		{ text: input.channel?.name ?? "", weight: 1 },
		{ text: input.channel?.topic ?? "", weight: 0.5 },
		...input.thread.map(({ text }) => ({ text, weight: 0.4 })),
	];
}

/** A sentence without its full stop and its capital, where that is no name's. */
function toClause(sentence: string): string {
	return sentence.replace(/\.$/, "").replace(/^\p{Lu}(?=[\p{Ll}\s])/u, (letter) => letter.toLowerCase());
}

/** One plain line of at most 200 characters. */
function toLine(text: string): string {
	const line = text
		.toWellFormed()
		.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, " ")
		.trim();
	return line.length <= 200 ? line : `${line.slice(0, 199).toWellFormed()}…`;
}
