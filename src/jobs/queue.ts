import { z } from "zod";
import type { Tx } from "../db/client.ts";

/**
 * A kind of durable job. Jobs of one key run one after the other, in order; different keys run side by side.
 * The payload carries a version, so that a job queued by an older release is still understood.
 */
export interface JobKind<Payload extends object> {
	name: string;
	schema: z.ZodType<Payload>;
	/** How many keys one instance works on at a time. */
	concurrency: number;
	/** First pause after a failed attempt; it doubles up to a minute. 0: at once. */
	retryDelaySeconds: number;
}

/** Queues a job inside the caller's transaction: it exists exactly if the transaction commits. */
export type Enqueue = <Payload extends object>(
	tx: Tx,
	kind: JobKind<Payload>,
	payload: Payload,
	options: { key: string; startAfterMs?: number },
) => Promise<void>;

const ofSession = z.object({ version: z.literal(1), sessionId: z.uuid() });

type OfSession = z.infer<typeof ofSession>;

/** Finds out which repository a session is about. Key: session. */
export const routeSessionJob: JobKind<OfSession> = {
	name: "route-session",
	schema: ofSession,
	concurrency: 8,
	retryDelaySeconds: 1,
};

/** Runs the next open prompt of a session; there is one job for each prompt. Key: session. */
export const runPromptJob: JobKind<OfSession> = {
	name: "run-prompt",
	schema: ofSession,
	concurrency: 32,
	retryDelaySeconds: 0,
};

/** Makes a session's threads show what its log says. Key: session. */
export const showThreadJob: JobKind<OfSession> = {
	name: "show-thread",
	schema: ofSession,
	concurrency: 8,
	retryDelaySeconds: 1,
};
