import type { OpencodeClient, QuestionRequest } from "@opencode-ai/sdk/v2";
import { toCleanText } from "./event-text.ts";

/** What is asked together is answered together; the number says which of them. */
const toQuestionId = (requestId: string, index: number) => `${requestId}#${index}`;

/** One request of OpenCode as the questions that people get. */
export function toQuestions(request: QuestionRequest) {
	return request.questions.map(({ question, options, multiple }, index) => ({
		questionId: toQuestionId(request.id, index),
		text: toCleanText(question),
		options: options.map(({ label, description }) => ({
			label: toCleanText(label),
			description: toCleanText(description),
		})),
		multiple: multiple ?? false,
	}));
}

/** Replies to each request that waits and of which every question has an answer. */
export async function answerQuestions(
	client: OpencodeClient,
	options: { throwOnError: true; signal: AbortSignal },
	input: { conversationId: string; answers: { questionId: string; chosen: string[] }[] },
): Promise<{ taken: string[] }> {
	const chosen = new Map(input.answers.map((answer) => [answer.questionId, answer.chosen]));
	const { data } = await client.question.list({}, options);
	const taken: string[] = [];
	for (const request of data.filter(({ sessionID }) => sessionID === input.conversationId)) {
		const ids = request.questions.map((_, index) => toQuestionId(request.id, index));
		const answers = ids.map((id) => chosen.get(id));
		if (answers.some((answer) => answer === undefined)) continue;
		await client.question.reply(
			{ requestID: request.id, answers: answers.map((answer) => answer ?? []) },
			options,
		);
		taken.push(...ids);
	}
	return { taken };
}
