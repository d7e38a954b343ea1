import type { KnownBlock } from "@slack/types";
import type { QuestionView } from "../../sessions/session-view.ts";
import { ANSWER_OTHERWISE, pairValue } from "../blocks/actions.ts";
import { button, contextLine, fallback, type OutgoingMessage, section } from "../blocks/message.ts";
import { plainLine } from "../text/escape.ts";
import { splitMrkdwn } from "../text/split.ts";
import { toMrkdwn } from "../text/to-mrkdwn.ts";

const MAX_TEXT_CHARACTERS = 2_500;
/** Slack draws 25 buttons in a row; one is for words of one's own. */
const MAX_OPTIONS = 24;

/** What the agent asks together, as one message: what is answered is a line each, what comes next has its buttons. */
export function questionMessage(sessionId: string, group: QuestionView[]): OutgoingMessage {
	const next = group.find(({ isOpen }) => isOpen);
	const over = group.filter(({ isOpen }) => !isOpen).map(overLine);
	const asked = next === undefined ? null : `🤔 *I have a question:* ${questionText(next.text)}`;
	const blocks: KnownBlock[] = over.map((line) => contextLine(line));
	if (next !== undefined && asked !== null)
		blocks.push(
			section(asked),
			...answerBlocks(sessionId, next),
			contextLine("Press a button, or reply here in your own words. I wait until somebody does."),
		);
	return { text: fallback([...over, ...(asked === null ? [] : [asked])].join("\n")), blocks };
}

/** A question of the agent's as it may stand in a message. */
export function questionText(markdown: string, maxCharacters = MAX_TEXT_CHARACTERS): string {
	return splitMrkdwn(toMrkdwn(markdown), maxCharacters)[0] ?? "…";
}

/** What may be answered: each option, and words of one's own. */
export function answerBlocks(sessionId: string, question: QuestionView): KnownBlock[] {
	const { id, multiple } = question;
	const options = question.options.slice(0, MAX_OPTIONS);
	// What no button says is said here.
	const described = options
		.filter(({ description }) => multiple || description.trim() !== "")
		.map(({ label, description }) => {
			const more = plainLine(description, 150);
			return `• *${plainLine(label, 75)}*${more === "" ? "" : `: ${more}`}`;
		});
	const buttons = multiple
		? []
		: options.map(({ label }, index) =>
				button(label, `answer_question_${index}`, pairValue(sessionId, `${id}:${index}`)),
			);
	const otherwise = multiple && options.length > 0 ? "Choose…" : "Something else…";
	return [
		...(described.length === 0 ? [] : [contextLine(described.join("\n"))]),
		{
			type: "actions",
			elements: [...buttons, button(otherwise, ANSWER_OTHERWISE, pairValue(sessionId, id))],
		},
	];
}

function overLine({ text, answer }: QuestionView): string {
	const asked = `🤔 “${plainLine(text, 200)}”`;
	if (answer === null) return `${asked} — no answer is needed any more`;
	const words = plainLine(answer.chosen.join(", "), 300);
	return answer.by === null ? `${asked} — ${words}` : `${asked} — ${plainLine(answer.by, 80)}: *${words}*`;
}
