import { sql } from "kysely";
import type { Thread } from "../../contract/session.ts";
import type { Tx } from "../../db/client.ts";

/** What people said to each other in a session's thread between two messages, oldest first: the last of it. */
export async function readTalkBetween(
	tx: Tx,
	thread: Thread,
	between: { afterTs: string; beforeTs: string; limit: number },
): Promise<{ ts: string; userId: string; text: string }[]> {
	const ts = sql<string>`ts collate "C"`;
	const rows = await tx
		.selectFrom("thread_messages")
		.select(["ts", "user_id as userId", "text"])
		.where("team_id", "=", thread.teamId)
		.where("channel_id", "=", thread.channelId)
		.where("thread_ts", "=", thread.threadTs)
		.where("taken_as", "=", "talk")
		.where(ts, ">", between.afterTs)
		.where(ts, "<", between.beforeTs)
		.orderBy(ts, "desc")
		.limit(between.limit)
		.execute();
	return rows.toReversed();
}
