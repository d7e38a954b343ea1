import type { Tx } from "../../db/client.ts";

/** How many sessions are to work on a request, and with which models; `models` empty: all with the usual one. */
export interface AttemptWish {
	count: number;
	models: string[];
}

export async function insertGroup(
	tx: Tx,
	group: AttemptWish & { id: string; sessionId: string; at: Date },
): Promise<void> {
	await tx
		.insertInto("attempt_groups")
		.values({
			id: group.id,
			first_session_id: group.sessionId,
			count: group.count,
			models: group.models,
			created_at: group.at,
		})
		.execute();
	await insertAttempt(tx, { groupId: group.id, number: 1, sessionId: group.sessionId });
}

/** The same attempt twice is there once. */
export async function insertAttempt(
	tx: Tx,
	attempt: { groupId: string; number: number; sessionId: string },
): Promise<void> {
	await tx
		.insertInto("attempts")
		.values({ group_id: attempt.groupId, number: attempt.number, session_id: attempt.sessionId })
		.onConflict((conflict) => conflict.doNothing())
		.execute();
}

/** The group that a session belongs to, and which of its attempts it is. */
export async function findGroup(tx: Tx, sessionId: string) {
	return tx
		.selectFrom("attempts")
		.innerJoin("attempt_groups", "attempt_groups.id", "attempts.group_id")
		.leftJoin("people", "people.id", "attempt_groups.picked_by")
		.select([
			"attempt_groups.id",
			"attempt_groups.first_session_id as firstSessionId",
			"attempt_groups.count",
			"attempt_groups.models",
			"attempt_groups.picked_number as pickedNumber",
			"attempt_groups.picked_by as pickedById",
			"people.name as pickedBy",
			"attempts.number",
		])
		.where("attempts.session_id", "=", sessionId)
		.executeTakeFirst();
}

/** Held to the end of the transaction. */
export async function lockGroup(tx: Tx, groupId: string) {
	return tx
		.selectFrom("attempt_groups")
		.selectAll()
		.where("id", "=", groupId)
		.forNoKeyUpdate()
		.executeTakeFirst();
}

export async function setPicked(
	tx: Tx,
	group: { id: string; number: number; personId: string; at: Date },
): Promise<void> {
	await tx
		.updateTable("attempt_groups")
		.set({ picked_number: group.number, picked_by: group.personId, picked_at: group.at })
		.where("id", "=", group.id)
		.execute();
}

export async function listAttempts(
	tx: Tx,
	groupId: string,
): Promise<{ number: number; sessionId: string }[]> {
	return tx
		.selectFrom("attempts")
		.select(["number", "session_id as sessionId"])
		.where("group_id", "=", groupId)
		.orderBy("number")
		.execute();
}

/** How many prompts an attempt has had. */
export async function countPrompts(tx: Tx, sessionId: string): Promise<number> {
	const { count } = await tx
		.selectFrom("prompts")
		.select(({ fn }) => fn.countAll<number>().as("count"))
		.where("session_id", "=", sessionId)
		.executeTakeFirstOrThrow();
	return count;
}
