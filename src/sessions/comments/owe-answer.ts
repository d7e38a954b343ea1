import type { PromptOrigin } from "../../contract/session.ts";
import type { Tx } from "../../db/client.ts";
import { answerCommentJob, type Enqueue } from "../../jobs/queue.ts";

/** In the transaction of a prompt's end: has it answered where it was asked, if that was at GitHub. */
export async function oweAnswer(
	tx: Tx,
	enqueue: Enqueue,
	prompt: { id: string; origin: PromptOrigin },
): Promise<void> {
	if (prompt.origin.kind !== "github") return;
	await enqueue(
		tx,
		answerCommentJob,
		{ version: 1, what: "prompt", promptId: prompt.id },
		{ key: prompt.id },
	);
}
