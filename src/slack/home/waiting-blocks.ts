import type { KnownBlock } from "@slack/types";
import { pickBlocks } from "../blocks/ask-message.ts";
import { continueButton, pauseWords } from "../blocks/budget-message.ts";
import { connectButton } from "../blocks/connect-github.ts";
import { contextLine } from "../blocks/message.ts";
import { answerBlocks, questionText } from "../questions/question-message.ts";
import type { Waiting } from "./read-waiting.ts";

/** A home has room for ten sessions; all of it stands in the thread. */
const QUESTION_CHARACTERS = 600;

/** Pure. What a session waits for, in words for whoever can help. */
export function waitingWords(waiting: Waiting): string {
	switch (waiting.for) {
		case "repository":
			return "🤔 *Which repository do you mean?*";
		case "question":
			return `🤔 ${questionText(waiting.question.text, QUESTION_CHARACTERS)}`;
		case "budget": {
			const [why, spent] = pauseWords(waiting.session, waiting.stop);
			return `⏸ *Paused: ${why}.* ${spent}.`;
		}
		case "account":
			return "🔗 *Connect your GitHub account and I go on.*";
		default:
			return waiting satisfies never;
	}
}

/** Pure. What they can do about it: the same buttons as in the thread, for the same listeners. */
export function waitingBlocks(waiting: Waiting): KnownBlock[] {
	switch (waiting.for) {
		case "repository":
			return pickBlocks(waiting.session);
		case "question":
			return answerBlocks(waiting.session.id, waiting.question);
		case "budget":
			return waiting.who === null
				? [{ type: "actions", elements: [continueButton(waiting.session, waiting.stop)] }]
				: [contextLine(waiting.who)];
		case "account":
			return [{ type: "actions", elements: [connectButton(waiting.url)] }];
		default:
			return waiting satisfies never;
	}
}
