import type { Db } from "../../db/client.ts";
import { findGroup } from "../../sessions/attempts/attempt-store.ts";
import type { PostOutcome } from "../post.ts";

type Show = (sessionId: string) => Promise<PostOutcome>;

/** Shows a session; where it is one of several attempts, what it has come to changes their comparison as well. */
export function showWithComparison({ db, show }: { db: Db; show: Show }): Show {
	return async (sessionId) => {
		const [shown, group] = await Promise.all([show(sessionId), findGroup(db, sessionId)]);
		if (group === undefined || group.firstSessionId === sessionId) return shown;
		const compared = await show(group.firstSessionId);
		return compared.outcome === "later" ? compared : shown;
	};
}
