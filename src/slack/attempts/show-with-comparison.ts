import type { Db } from "../../db/client.ts";
import { findGroup } from "../../sessions/attempts/attempt-store.ts";
import type { PostOutcome } from "../showing/post.ts";

type Show = (sessionId: string) => Promise<PostOutcome>;

/** Several attempts have news at the same time: their comparison is edited once for all of it. */
const EVERY_MS = 3_000;

/** Shows a session; where it is one of several attempts, what it has come to changes their comparison as well. */
export function showWithComparison(deps: { db: Db; show: Show; now: () => number }): Show {
	const { db, show, now } = deps;
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
		const [shown, group] = await Promise.all([show(sessionId), findGroup(db, sessionId)]);
		if (group === undefined || group.firstSessionId === sessionId) return shown;
		const compared = await compare(group.firstSessionId);
		return compared.outcome === "later" ? compared : shown;
	};
}
