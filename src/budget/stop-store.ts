import type { Tx } from "../db/client.ts";
import type { Reached } from "./decide-budget.ts";

/** Notes that a cap lets no more calls of an attempt through. The same attempt again changes nothing. */
export async function noteRefusal(
	tx: Tx,
	refusal: { id: string; sessionId: string; promptId: string; attempt: number; reached: Reached; at: Date },
): Promise<void> {
	const { reached } = refusal;
	await tx
		.insertInto("budget_stops")
		.values({
			id: refusal.id,
			session_id: refusal.sessionId,
			prompt_id: refusal.promptId,
			attempt: refusal.attempt,
			...toRow(reached),
			at: refusal.at,
		})
		.onConflict((conflict) =>
			conflict.columns(["prompt_id", "attempt"]).where("decided_at", "is", null).doNothing(),
		)
		.execute();
}

/** Which attempt of a prompt runs; null: none does. */
export async function readRunningAttempt(tx: Tx, promptId: string): Promise<number | null> {
	const row = await tx
		.selectFrom("prompts")
		.select("attempt")
		.where("id", "=", promptId)
		.where("status", "=", "running")
		.executeTakeFirst();
	return row?.attempt ?? null;
}

/** What was noted of an attempt and is not decided; null: no call of it was refused. */
export async function findRefusal(
	tx: Tx,
	of: { promptId: string; attempt: number },
): Promise<{ id: string } | null> {
	const row = await tx
		.selectFrom("budget_stops")
		.select("id")
		.where("prompt_id", "=", of.promptId)
		.where("attempt", "=", of.attempt)
		.where("decided_at", "is", null)
		.executeTakeFirst();
	return row ?? null;
}

/** From here on people are asked. */
export async function askStop(tx: Tx, id: string, reached: Reached, at: Date): Promise<void> {
	await tx
		.updateTable("budget_stops")
		.set({ ...toRow(reached), asked_at: at })
		.where("id", "=", id)
		.execute();
}

/** Ends a stop. `raisedUsd` null: it does not go on. */
export async function decideStop(
	tx: Tx,
	id: string,
	decision: { personId: string | null; raisedUsd: number | null; at: Date },
): Promise<void> {
	await tx
		.updateTable("budget_stops")
		.set({ decided_at: decision.at, decided_by: decision.personId, raised_usd: decision.raisedUsd })
		.where("id", "=", id)
		.where("decided_at", "is", null)
		.execute();
}

/** A prompt that is over waits for nothing. */
export async function closeStops(
	tx: Tx,
	promptId: string,
	decision: { personId: string | null; at: Date },
): Promise<void> {
	await tx
		.updateTable("budget_stops")
		.set({ decided_at: decision.at, decided_by: decision.personId })
		.where("prompt_id", "=", promptId)
		.where("decided_at", "is", null)
		.execute();
}

/**
 * Leaves what is asked for a prompt that is over to one that waits behind it, as far as both are charged to the same cap:
 * nobody is asked twice about one.
 */
export async function passStopsOn(
	tx: Tx,
	from: { id: string; authorId: string | null },
	to: { id: string; authorId: string | null; attempt: number },
): Promise<void> {
	await tx
		.updateTable("budget_stops")
		.set({ prompt_id: to.id, attempt: to.attempt })
		.where("prompt_id", "=", from.id)
		.where("asked_at", "is not", null)
		.where("decided_at", "is", null)
		.where("scope", "<>", "prompt")
		.$if(from.authorId !== to.authorId, (query) => query.where("scope", "<>", "person"))
		.execute();
}

/** Ends what was asked for a prompt that no cap holds up any more. */
export async function settleStops(tx: Tx, promptId: string, at: Date): Promise<void> {
	await tx
		.updateTable("budget_stops")
		.set({ decided_at: at, raised_usd: 0 })
		.where("prompt_id", "=", promptId)
		.where("asked_at", "is not", null)
		.where("decided_at", "is", null)
		.execute();
}

/** Whether an attempt goes on with one that was paused in the middle. */
export async function isContinuation(
	tx: Tx,
	{ promptId, attempt }: { promptId: string; attempt: number },
): Promise<boolean> {
	if (attempt < 2) return false;
	const row = await tx
		.selectFrom("budget_stops")
		.select("id")
		.where("prompt_id", "=", promptId)
		.where("attempt", "=", attempt - 1)
		.where("raised_usd", "is not", null)
		.executeTakeFirst();
	return row !== undefined;
}

export function readStop(tx: Tx, id: string) {
	return tx
		.selectFrom("budget_stops")
		.innerJoin("prompts", "prompts.id", "budget_stops.prompt_id")
		.innerJoin("sessions", "sessions.id", "budget_stops.session_id")
		.selectAll("budget_stops")
		.select(["prompts.held", "prompts.status", "sessions.repository_id"])
		.where("budget_stops.id", "=", id)
		.executeTakeFirst();
}

/** All that wait for one cap, by their sessions in the order in which to lock them. */
export function listWaiting(tx: Tx, cap: { scope: Reached["scope"]; subject: string }) {
	return tx
		.selectFrom("budget_stops")
		.select(["id", "session_id as sessionId", "prompt_id as promptId"])
		.where("scope", "=", cap.scope)
		.where("subject", "=", cap.subject)
		.where("asked_at", "is not", null)
		.where("decided_at", "is", null)
		.orderBy("session_id")
		.execute();
}

/** What a session asked about its caps, oldest first. */
export function readStops(tx: Tx, sessionId: string) {
	return tx
		.selectFrom("budget_stops")
		.leftJoin("people", "people.id", "budget_stops.decided_by")
		.selectAll("budget_stops")
		.select("people.name as decider")
		.where("session_id", "=", sessionId)
		.where("asked_at", "is not", null)
		.orderBy("asked_at")
		.execute();
}

function toRow({ scope, subject, month, spentUsd, capUsd, offerUsd }: Reached) {
	return { scope, subject, month, spent_usd: spentUsd, cap_usd: capUsd, offer_usd: offerUsd };
}
