import { sql } from "kysely";
import type { PromptFile, Thread } from "../../contract/session.ts";
import type { Tx } from "../../db/client.ts";
import type { MaskedPart, PromptContext } from "../../db/schema/prompts.ts";
import { toStorableJson } from "../log/storable.ts";
import { lockSession } from "../session-store.ts";

/** The queued and running prompts of a session around which Slack is still to be read. */
export async function listPending(tx: Tx, sessionId: string): Promise<string[]> {
	const rows = await tx
		.selectFrom("prompts")
		.select("id")
		.where("session_id", "=", sessionId)
		.where("status", "in", ["queued", "running"])
		.where("context_pending", "=", true)
		.orderBy("number")
		.execute();
	return rows.map(({ id }) => id);
}

export function findPending(tx: Tx, promptId: string) {
	return tx
		.selectFrom("prompts")
		.select(["session_id", "author_id", "text", "context", "files", "origin"])
		.where("id", "=", promptId)
		.where("context_pending", "=", true)
		.executeTakeFirst();
}

/** The thread of the session in which a message of a channel stands. */
export function findThreadOf(
	tx: Tx,
	at: { sessionId: string; teamId: string; channelId: string; messageTs: string },
): Promise<Thread | undefined> {
	return tx
		.selectFrom("threads")
		.select(["team_id as teamId", "channel_id as channelId", "thread_ts as threadTs"])
		.where("session_id", "=", at.sessionId)
		.where("team_id", "=", at.teamId)
		.where("channel_id", "=", at.channelId)
		.where("thread_ts", "<=", at.messageTs)
		.orderBy("thread_ts", "desc")
		.executeTakeFirst();
}

/** The message of the prompt before one, in a channel that its session was asked in. */
export async function findPromptBefore(
	tx: Tx,
	at: { sessionId: string; teamId: string; channelId: string; messageTs: string },
): Promise<string | null> {
	const messageTs = sql<string>`origin ->> 'messageTs'`;
	const row = await tx
		.selectFrom("prompts")
		.select(messageTs.as("ts"))
		.where("session_id", "=", at.sessionId)
		.where(sql`origin ->> 'teamId'`, "=", at.teamId)
		.where(sql`origin ->> 'channelId'`, "=", at.channelId)
		// What was taken for talk is said like the rest.
		.where((eb) => eb.or([eb("withdrawn", "is", null), eb("withdrawn", "<>", "talk")]))
		.where(sql`${messageTs} collate "C"`, "<", at.messageTs)
		.orderBy(sql`${messageTs} collate "C"`, "desc")
		.limit(1)
		.executeTakeFirst();
	return row?.ts ?? null;
}

/** Who a person is in a workspace of Slack. */
export async function findSlackUser(
	tx: Tx,
	{ personId, teamId }: { personId: string; teamId: string },
): Promise<string | null> {
	const row = await tx
		.selectFrom("identities")
		.select("external_id")
		.where("provider", "=", "slack")
		.where("tenant", "=", teamId)
		.where("person_id", "=", personId)
		.executeTakeFirst();
	return row?.external_id ?? null;
}

/** @returns false: it was known already */
export async function setContext(
	tx: Tx,
	input: { promptId: string; context: PromptContext; files: PromptFile[] },
): Promise<boolean> {
	const row = await tx
		.updateTable("prompts")
		.set({
			context: toStorableJson(input.context),
			files: toStorableJson(input.files),
			context_pending: false,
		})
		.where("id", "=", input.promptId)
		.where("context_pending", "=", true)
		.returning("id")
		.executeTakeFirst();
	return row !== undefined;
}

/** Locks the session's row, as whoever changes a prompt does, to the end of the transaction. */
export async function lockSent(tx: Tx, promptId: string) {
	const prompt = tx.selectFrom("prompts").where("id", "=", promptId);
	const place = await prompt.select("session_id").executeTakeFirst();
	if (place === undefined) return undefined;
	await lockSession(tx, place.session_id);
	return prompt.select(["session_id", "status", "context", "files", "masked"]).executeTakeFirst();
}

export async function replaceSent(
	tx: Tx,
	promptId: string,
	set: { context?: PromptContext; files?: PromptFile[]; masked?: MaskedPart[] },
): Promise<void> {
	await tx
		.updateTable("prompts")
		.set({
			...(set.context === undefined ? {} : { context: toStorableJson(set.context) }),
			...(set.files === undefined ? {} : { files: toStorableJson(set.files) }),
			...(set.masked === undefined ? {} : { masked: toStorableJson(set.masked) }),
		})
		.where("id", "=", promptId)
		.execute();
}

export function readSent(tx: Tx, sessionId: string) {
	return tx
		.selectFrom("prompts")
		.select(["id", "context", "files", "masked", "context_pending"])
		.where("session_id", "=", sessionId)
		.orderBy("number")
		.execute();
}
