import type { PostOutcome } from "../showing/post.ts";
import type { ThreadShower } from "../showing/show-thread.ts";

/** Several attempts have news at the same time: their comparison is edited once for all of it. */
const EVERY_MS = 3_000;

/** Shows a session; where it is one of several attempts, what it has come to changes their comparison as well. */
export function showWithComparison(
	show: ThreadShower["show"],
	now: () => number,
): (sessionId: string) => Promise<PostOutcome> {
	/** By the session of the comparison, in the order of the times. */
	const comparedAt = new Map<string, number>();

	async function compare(firstSessionId: string): Promise<PostOutcome> {
		const nowMs = now();
		for (const [sessionId, atMs] of comparedAt) {
			if (nowMs - atMs < EVERY_MS) break;
			comparedAt.delete(sessionId);
		}
		const atMs = comparedAt.get(firstSessionId);
		if (atMs !== undefined) return { outcome: "later", retryAfterMs: atMs + EVERY_MS - nowMs };
		comparedAt.set(firstSessionId, nowMs);
		return show(firstSessionId);
	}

	return async (sessionId) => {
		const { session, ...shown } = await show(sessionId);
		const { firstSessionId = sessionId } = session.attempts ?? {};
		if (firstSessionId === sessionId) return shown;
		const compared = await compare(firstSessionId);
		return compared.outcome === "later" ? compared : shown;
	};
}
