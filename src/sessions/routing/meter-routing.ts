import { type Judgement, meterJudgements } from "../../budget/meter-judgements.ts";
import type { Tx } from "../../db/client.ts";
import { readOpenPrompts } from "../queue/prompt-store.ts";

/** What it cost to find out where a session works counts for what waits for it. */
export async function meterRouting(
	tx: Tx,
	sessionId: string,
	judgements: readonly Judgement[] = [],
): Promise<void> {
	if (judgements.length === 0) return;
	const [first] = await readOpenPrompts(tx, sessionId);
	await meterJudgements(tx, judgements, { sessionId, promptId: first?.id ?? null });
}
