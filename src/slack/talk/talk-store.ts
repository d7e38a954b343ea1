import { sql } from "kysely";
import type { PromptFile, Thread } from "../../contract/session.ts";
import type { Tx } from "../../db/client.ts";

interface MessageAt {
	teamId: string;
	channelId: string;
	ts: string;
}

/** A message of a person in a session's thread. */
export interface ThreadMessage {
	threadTs: string;
	ts: string;
	/** At Slack. */
	userId: string;
	/** As Slack has it, with markup. */
	text: string;
	files: PromptFile[];
	takenAs: "prompt" | "talk";
	/** By the thread's mode (or because it was addressed), by the judge, by somebody who said otherwise. */
	takenBy: "mode" | "judge" | "person";
	undoneAt: Date | null;
}

/** Notes a message and what it was taken for. The first note stays. */
export async function noteMessage(
	tx: Tx,
	thread: Thread,
	message: Omit<ThreadMessage, "threadTs" | "undoneAt">,
): Promise<void> {
	await tx
		.insertInto("thread_messages")
		.values({
			team_id: thread.teamId,
			channel_id: thread.channelId,
			thread_ts: thread.threadTs,
			ts: message.ts,
			user_id: message.userId,
			text: message.text.replaceAll("\u0000", ""),
			files: JSON.stringify(message.files).replaceAll("\\u0000", ""),
			taken_as: message.takenAs,
			taken_by: message.takenBy,
		})
		.onConflict((conflict) => conflict.columns(["team_id", "channel_id", "ts"]).doNothing())
		.execute();
}

const columns = [
	"thread_ts as threadTs",
	"ts",
	"user_id as userId",
	"text",
	"files",
	"taken_as as takenAs",
	"taken_by as takenBy",
	"undone_at as undoneAt",
] as const;

export async function findMessage(tx: Tx, at: MessageAt): Promise<ThreadMessage | null> {
	const row = await tx
		.selectFrom("thread_messages")
		.select(columns)
		.where("team_id", "=", at.teamId)
		.where("channel_id", "=", at.channelId)
		.where("ts", "=", at.ts)
		.executeTakeFirst();
	return row ?? null;
}

/** The last messages of a thread, oldest first. */
export async function readLast(tx: Tx, thread: Thread, limit: number): Promise<ThreadMessage[]> {
	const rows = await tx
		.selectFrom("thread_messages")
		.select(columns)
		.where("team_id", "=", thread.teamId)
		.where("channel_id", "=", thread.channelId)
		.where("thread_ts", "=", thread.threadTs)
		.orderBy(sql`ts collate "C"`, "desc")
		.limit(limit)
		.execute();
	return rows.reverse();
}

/** Says anew what a message is: what is said last counts. */
export async function retakeMessage(
	tx: Tx,
	at: MessageAt,
	takenAs: "prompt" | "talk",
	undoneAt: Date | null,
): Promise<void> {
	await ofMessage(tx, at)
		.set({
			taken_as: takenAs,
			...(undoneAt === null ? { taken_by: "person" as const } : { undone_at: undoneAt }),
		})
		.execute();
}

export async function changeText(tx: Tx, at: MessageAt, text: string): Promise<void> {
	await ofMessage(tx, at)
		.set({ text: text.replaceAll("\u0000", "") })
		.execute();
}

/** What was deleted is nobody's context any more. */
export async function forgetMessage(tx: Tx, at: MessageAt): Promise<void> {
	await tx
		.deleteFrom("thread_messages")
		.where("team_id", "=", at.teamId)
		.where("channel_id", "=", at.channelId)
		.where("ts", "=", at.ts)
		.execute();
}

/**
 * Whether people of a channel undid what the judge had taken at least twice, were not offered another mode yet, and have
 * chosen none.
 */
export async function isOfferDue(tx: Tx, at: Omit<MessageAt, "ts">): Promise<boolean> {
	const { undone } = await tx
		.selectFrom("thread_messages")
		.select((eb) => eb.fn.countAll<number>().as("undone"))
		.where("team_id", "=", at.teamId)
		.where("channel_id", "=", at.channelId)
		.where("undone_at", "is not", null)
		.where("taken_by", "=", "judge")
		.executeTakeFirstOrThrow();
	if (Number(undone) < 2) return false;
	const settled = await tx
		.selectFrom("channels")
		.select("channel_id")
		.where("team_id", "=", at.teamId)
		.where("channel_id", "=", at.channelId)
		.where((eb) => eb.or([eb("offered_replies_at", "is not", null), eb("replies", "is not", null)]))
		.executeTakeFirst();
	return settled === undefined;
}

export async function noteOffered(tx: Tx, at: Omit<MessageAt, "ts">, now: Date): Promise<void> {
	const offered = { offered_replies_at: now };
	await tx
		.insertInto("channels")
		.values({ team_id: at.teamId, channel_id: at.channelId, ...offered })
		.onConflict((conflict) => conflict.columns(["team_id", "channel_id"]).doUpdateSet(offered))
		.execute();
}

/** What a message was taken for; `under_way`: it has come, and nobody has made anything of it yet. */
export async function findTaken(tx: Tx, at: MessageAt): Promise<ThreadMessage | "under_way" | null> {
	// Before the other look: what is made of it between the two is found.
	const isComing = await isUnderWay(tx, at);
	return (await findMessage(tx, at)) ?? (isComing ? "under_way" : null);
}

async function isUnderWay(tx: Tx, at: MessageAt): Promise<boolean> {
	const row = await tx
		.selectFrom("inbox")
		.select("id")
		.where("source", "=", "slack")
		.where("twin_key", "=", `${at.teamId}:${at.channelId}:${at.ts}`)
		.where("processed_at", "is", null)
		.executeTakeFirst();
	return row !== undefined;
}

/** Who somebody at Slack is here; null: nobody that we have met. */
export async function findPerson(tx: Tx, at: { teamId: string; userId: string }): Promise<string | null> {
	const row = await tx
		.selectFrom("identities")
		.select("person_id")
		.where("provider", "=", "slack")
		.where("tenant", "=", at.teamId)
		.where("external_id", "=", at.userId)
		.executeTakeFirst();
	return row?.person_id ?? null;
}

/** Who wrote in a thread before it had a session, as the first prompt's context names them. */
export async function readEarlierAuthors(tx: Tx, sessionId: string): Promise<string[]> {
	const row = await tx
		.selectFrom("prompts")
		.select("context")
		.where("session_id", "=", sessionId)
		.orderBy("number")
		.executeTakeFirst();
	return [...new Set((row?.context.thread ?? []).map(({ author }) => author))];
}

function ofMessage(tx: Tx, at: MessageAt) {
	return tx
		.updateTable("thread_messages")
		.where("team_id", "=", at.teamId)
		.where("channel_id", "=", at.channelId)
		.where("ts", "=", at.ts);
}
