import type { Db } from "../../db/client.ts";
import type { ShownSign } from "./decide-status.ts";

/** What Slack shows of sessions by its own means, shared by all instances. */
export interface NativeStore {
	find(sessionId: string): Promise<ShownSign | null>;
	/** After Slack took it. */
	save(sessionId: string, sign: ShownSign): Promise<void>;
	/** Somebody changed the title at Slack. */
	noteTitle(sessionId: string, title: string): Promise<void>;
}

export function createNativeStore(db: Db): NativeStore {
	return {
		async find(sessionId) {
			const row = await db
				.selectFrom("slack_agent_sessions")
				.select(["status", "title", "set_at as setAt"])
				.where("session_id", "=", sessionId)
				.executeTakeFirst();
			return row ?? null;
		},
		async save(sessionId, { status, title, setAt }) {
			const sign = { status, title, set_at: setAt };
			await db
				.insertInto("slack_agent_sessions")
				.values({ session_id: sessionId, ...sign })
				.onConflict((conflict) => conflict.column("session_id").doUpdateSet(sign))
				.execute();
		},
		async noteTitle(sessionId, title) {
			await db
				.updateTable("slack_agent_sessions")
				.set({ title })
				.where("session_id", "=", sessionId)
				.execute();
		},
	};
}
