import { type Judgement, meterJudgements } from "../../budget/meter-judgements.ts";
import type { Thread } from "../../contract/session.ts";
import type { Tx } from "../../db/client.ts";
import { findPerson } from "./talk-store.ts";

/** What it cost to find out for whom a reply is counts for whoever wrote it, where they did, and the work that came of it. */
export async function meterReply(
	tx: Tx,
	judgements: readonly Judgement[],
	reply: { thread: Thread; userId: string; sessionId: string | null; promptId: string | null },
): Promise<void> {
	if (judgements.length === 0) return;
	const { sessionId, promptId, userId } = reply;
	const { teamId, channelId } = reply.thread;
	const personId = await findPerson(tx, { teamId, userId });
	await meterJudgements(tx, judgements, { sessionId, promptId, place: { teamId, channelId, personId } });
}
