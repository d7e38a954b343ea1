import type { Tx } from "../../db/client.ts";
import { type Enqueue, notifyAuthorJob } from "../../jobs/queue.ts";

/** In the transaction of a prompt's end: has its author told by a direct message, if they want that. */
export async function notifyAuthor(
	tx: Tx,
	enqueue: Enqueue,
	prompt: { id: string; sessionId: string; authorId: string | null },
	at: Date,
): Promise<void> {
	if (prompt.authorId === null) return;
	const author = await tx
		.selectFrom("people")
		.select("notify")
		.where("id", "=", prompt.authorId)
		.executeTakeFirst();
	if (author?.notify !== "direct") return;
	const { id: promptId, sessionId } = prompt;
	await enqueue(
		tx,
		notifyAuthorJob,
		{ version: 1, sessionId, promptId, atMs: at.getTime() },
		{ key: promptId },
	);
}
