import { AppError } from "../../errors.ts";
import type { Log } from "../../log.ts";
import { type AnswerCommentDeps, createAnswerComment } from "../../sessions/comments/answer-comment.ts";
import { answerCommentJob } from "../queue.ts";
import { defineTask, type Task } from "../worker.ts";

/** Answers at GitHub what was asked there. */
export function createAnswerCommentTask(deps: AnswerCommentDeps & { log: Log }): Task {
	const { answerPrompt, decline } = createAnswerComment(deps);
	return defineTask(answerCommentJob, async (payload) => {
		try {
			if (payload.what === "prompt") await answerPrompt(payload.promptId);
			else await decline(payload);
		} catch (error) {
			if (!(error instanceof AppError) || error.retryable) throw error;
			deps.log.warn({ err: error }, "a comment at GitHub stays without an answer");
		}
	});
}
