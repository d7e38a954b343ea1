import type { Tx } from "../db/client.ts";
import { priceAtDearest, priceModelCall } from "../model-prices.ts";
import { insertModelCall, type ModelCall } from "../sessions/turn/model-call-store.ts";

type Tokens = "inputTokens" | "outputTokens" | "cacheReadTokens" | "cacheWriteTokens";

/** A call of the fast model that was answered, as the classifier tells of it. */
export type FastCall = Pick<ModelCall, "model" | Tokens | "durationMs"> & { startedAtMs: number };

/** The same with an id, by which it is counted once. */
export type Judgement = FastCall & Pick<ModelCall, "id">;

/** Counts what was judged, with the decision that came of it. No cap holds it up: asking costs less than not knowing. */
export async function meterJudgements(
	tx: Tx,
	judgements: readonly Judgement[],
	of: Pick<ModelCall, "sessionId" | "promptId"> & { place?: Parameters<typeof insertModelCall>[2] },
): Promise<void> {
	const { sessionId, promptId, place } = of;
	for (const { startedAtMs, ...call } of judgements) {
		const costUsd = priceModelCall(call.model, call) ?? priceAtDearest(call);
		const startedAt = new Date(startedAtMs);
		await insertModelCall(
			tx,
			{ ...call, sessionId, promptId, costUsd, startedAt, firstTokenMs: null },
			place,
		);
	}
}
