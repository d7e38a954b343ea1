import { addressedAnswer, buildAddressedPrompt, type SaidLine } from "./addressed-prompt.ts";
import type { FastCall, FastModel } from "./fast-model.ts";

/** A reply in a thread in which Bobbin works. Words such as "stop" are dealt with before. */
export interface Said {
	/** As people read it, without the mention of Bobbin. */
	text: string;
	author: string;
	mentionsBot: boolean;
	/** It begins by mentioning somebody else, or a group. */
	beginsWithPerson: boolean;
	hasFiles: boolean;
	/** Who else wrote in the thread, without Bobbin. */
	others: string[];
	/** What was said before, oldest first. */
	thread: SaidLine[];
	/** Bobbin asked something and waits for the answer. */
	botAsked: boolean;
}

/** `how`: by which rule, by the `model`, or `unjudged` because it gave no usable answer. */
export interface Addressed {
	addressed: boolean;
	how: "mention" | "person" | "nothing" | "answer" | "alone" | "model" | "unjudged";
	/** 0 to 1; null where no model was asked. */
	confidence: number | null;
}

export interface AddressedJudge {
	/**
	 * Always ends in a judgement, after as long as the model is waited for at most. `onCall` is told what the model is paid
	 * for.
	 */
	judge(said: Said, onCall?: (call: FastCall) => void): Promise<Addressed>;
}

/** With so many others a needless turn costs one of them a ✋, a missed request costs the wait for nothing. */
const FEW_OTHERS = 1;
const SURE = 0.5;
/** So long a model that failed is not asked: in a busy thread each message would wait for it once more. */
const AWAY_MS = 20_000;

const THANKS =
	/^(?:(?:ok(?:ay)?|k|thanks?(?: (?:a lot|so much|all|everyone|both|again))?|thank you(?: (?:so|very) much)?|thx|ty|cheers|great|perfect|nice(?: one)?|cool|awesome|lovely|wow|lol|haha+|yay|done|noted|got it|sounds good|good (?:job|work|stuff)|well done|\+1|same|agreed|true|right|makes sense|danke|merci|gracias|grazie)[\s,.!…:)]*)+$/i;
const SHORT_ANSWER =
	/^(?:y|n|yes|yeah|yep|yup|no|nope|ok(?:ay)?|sure|do (?:it|that|both)|go (?:ahead|for it)|please do|correct|exactly|right|both|neither|either|(?:the )?(?:first|second|third|last|former|latter)(?: one)?|(?:option )?[a-d1-9]|👍|✅|👌|\+1)[\s,.!]*$/iu;

/**
 * Builds the judge: what rules can tell is told at once, for the rest the model is asked. Where it does not answer, a
 * reply counts as meant for Bobbin if hardly anybody else is there or if it follows Bobbin's own words; in a crowd it is
 * talk, which costs a mention at most.
 */
export function createAddressedJudge(deps: {
	/** Answers within a second or two. null: rules alone. */
	model: FastModel | null;
	log?: { warn(fields: Record<string, unknown>, message: string): void };
	now: () => number;
}): AddressedJudge {
	const { model, log, now } = deps;
	let awayUntilMs = 0;
	return {
		async judge(said, onCall) {
			const ruled = decideAddressed(said);
			if (ruled !== null) return ruled;
			if (model === null || now() < awayUntilMs) return unjudged(said);
			const result = await model.ask(buildAddressedPrompt(said), undefined, onCall);
			if (result.outcome === "failed") {
				log?.warn({ failure: result.failure, model: model.name }, "nobody judged whom a message is for");
				awayUntilMs = now() + AWAY_MS;
				return unjudged(said);
			}
			const answer = addressedAnswer.safeParse(result.input);
			if (!answer.success || answer.data.confidence < SURE) return unjudged(said);
			return { ...answer.data, how: "model" };
		},
	};
}

const NAME_FIRST =
	/^(?:(?:hey|hi|hello|ok|and|so|thanks|thank you|no|yes)[\s,]+)?(?:@([\p{L}'-]{2,})|([\p{L}'-]{2,})(?=\s*(?:[,:?–—-]|$)))/iu;

/** Pure: what the rules alone say; null: they cannot tell. */
export function decideAddressed(said: Said): Addressed | null {
	const text = said.text.trim();
	const ruled = (addressed: boolean, how: Addressed["how"]) => ({ addressed, how, confidence: null });
	if (said.mentionsBot) return ruled(true, "mention");
	if (said.beginsWithPerson || beginsWithName(text, said.others)) return ruled(false, "person");
	if (said.botAsked && SHORT_ANSWER.test(text)) return ruled(true, "answer");
	if (!said.hasFiles && isNothing(withoutEmoji(text))) return ruled(false, "nothing");
	if (said.others.length === 0) return ruled(true, "alone");
	return null;
}

function unjudged({ others, thread }: Said): Addressed {
	const addressed = others.length <= FEW_OTHERS || thread.at(-1)?.fromBot === true;
	return { addressed, how: "unjudged", confidence: null };
}

/** "Noah, could you …", "noah: …", "@Noah …" */
function beginsWithName(text: string, others: string[]): boolean {
	const [, named, called] = NAME_FIRST.exec(text) ?? [];
	const first = named ?? called ?? "";
	return others.some((name) => name.toLowerCase().split(/\s+/)[0] === first.toLowerCase());
}

/** Nothing but punctuation and thanks. */
function isNothing(text: string): boolean {
	return !/[\p{L}\p{N}]/u.test(text) || THANKS.test(text);
}

/** Signs and `:names:` away. "+1" and figures stay. */
function withoutEmoji(text: string): string {
	return text
		.replace(/:[\w+'-]+(?:::skin-tone-\d)?:/g, "")
		.replace(/\p{Extended_Pictographic}|\ufe0f/gu, "")
		.trim();
}
