import type { Db, Tx } from "../../db/client.ts";
import { type Enqueue, runPromptJob } from "../../jobs/queue.ts";
import { lostOwnership } from "../log/event-log.ts";
import { readOpenQuestions } from "../questions/question-store.ts";
import { holdOwnership, lockSession, notifyControl } from "../session-store.ts";
import { readUnheldPrompts } from "./prompt-store.ts";

type OpenPrompt = Awaited<ReturnType<typeof readUnheldPrompts>>[number];

/**
 * Lets go of a turn that waits for people, so that it holds no place at the queue meanwhile: it stays `running`, without
 * an owner. Where they have said something by now it is queued at once.
 *
 * @throws AppError `lost_ownership`: another run has it
 */
export function restTurn(
	deps: { db: Db; enqueue: Enqueue },
	{ sessionId, epoch }: { sessionId: string; epoch: number },
): Promise<void> {
	return deps.db.transaction().execute(async (tx) => {
		if (!(await holdOwnership(tx, { sessionId, epoch, set: { released: true } }))) throw lostOwnership();
		const session = await lockSession(tx, sessionId);
		const open = await readUnheldPrompts(tx, sessionId);
		if (!(await isResting(tx, session, open))) await wake(tx, deps.enqueue, sessionId, open);
	});
}

/** Whether a session's turn waits for people and for nobody else. The session's row must be locked by the caller. */
export async function isResting(
	tx: Tx,
	session: { id: string; owner_instance: string | null },
	open: Pick<OpenPrompt, "status" | "stop_requested_at">[],
): Promise<boolean> {
	if (session.owner_instance !== null) return false;
	const running = open.find(({ status }) => status === "running");
	if (running === undefined || running.stop_requested_at !== null) return false;
	return (await readOpenQuestions(tx, session.id)).length > 0;
}

/**
 * Has a session's turn look at what people want of it: whoever runs it is told, and where it rests it is queued. The
 * session's row must be locked by the caller.
 */
export async function callTurn(
	tx: Tx,
	enqueue: Enqueue,
	session: { id: string; owner_instance: string | null },
): Promise<void> {
	await notifyControl(tx, session.id);
	if (session.owner_instance !== null) return;
	const open = await readUnheldPrompts(tx, session.id);
	if (open.some(({ status }) => status === "running")) await wake(tx, enqueue, session.id, open);
}

/** The jobs of what waits behind it came and went while it rested. */
async function wake(tx: Tx, enqueue: Enqueue, sessionId: string, open: OpenPrompt[]): Promise<void> {
	for (const _ of open) await enqueue(tx, runPromptJob, { version: 1, sessionId }, { key: sessionId });
}
