import type { InputBlock, ModalView } from "@slack/types";
import type { QuestionView } from "../../sessions/session-view.ts";
import { ANSWER_VIEW, pairValue } from "../blocks/actions.ts";
import { section } from "../blocks/message.ts";
import { cut } from "../text/escape.ts";
import { questionText } from "./question-message.ts";

export const OWN_WORDS = "own_words";
export const CHOSEN = "chosen";
/** It was opened in the home: whoever answers looks there, not into the thread. */
export const IN_HOME = "home";
/** Slack takes ten checkboxes. */
const MAX_CHOICES = 10;
const MAX_OPTION_CHARACTERS = 75;
const MAX_WORDS = 3_000;

const plain = (text: string) => ({ type: "plain_text" as const, text, emoji: false });

/** The small modal in which a question is answered with several options, or in words of one's own. */
export function answerView(
	sessionId: string,
	question: QuestionView,
	{ inHome }: { inHome: boolean },
): ModalView {
	const choices = question.multiple ? question.options.slice(0, MAX_CHOICES) : [];
	return {
		type: "modal",
		callback_id: ANSWER_VIEW,
		private_metadata: pairValue(sessionId, inHome ? `${question.id}:${IN_HOME}` : question.id),
		title: plain("Your answer"),
		submit: plain("Answer"),
		close: plain("Cancel"),
		blocks: [section(questionText(question.text)), ...checkboxes(choices), words(choices.length > 0)],
	};
}

function checkboxes(choices: QuestionView["options"]): InputBlock[] {
	if (choices.length === 0) return [];
	const options = choices.map(({ label, description }, index) => ({
		text: plain(cut(label, MAX_OPTION_CHARACTERS)),
		value: String(index),
		...(description === "" ? {} : { description: plain(cut(description, MAX_OPTION_CHARACTERS)) }),
	}));
	return [
		{
			type: "input",
			block_id: CHOSEN,
			optional: true,
			label: plain("Choose one or more"),
			element: { type: "checkboxes", action_id: CHOSEN, options },
		},
	];
}

function words(isOptional: boolean): InputBlock {
	return {
		type: "input",
		block_id: OWN_WORDS,
		optional: isOptional,
		label: plain(isOptional ? "Something else" : "In your own words"),
		element: { type: "plain_text_input", action_id: OWN_WORDS, multiline: true, max_length: MAX_WORDS },
	};
}
