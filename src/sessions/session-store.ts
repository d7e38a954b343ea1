import { sql } from "kysely";
import type { SessionStatus, Thread } from "../contract/session.ts";
import type { Tx } from "../db/client.ts";
import type { Routing, SessionWish } from "../db/schema/sessions.ts";
import { AppError } from "../errors.ts";
import { toIdRange } from "./names.ts";

/** Payload: session id. Its owner looks whether a stop was asked for. */
export const CONTROL_CHANNEL = "session_control";

export function findThread(tx: Tx, thread: Thread) {
	return tx
		.selectFrom("threads")
		.innerJoin("sessions", "sessions.id", "threads.session_id")
		.select(["sessions.id as sessionId", "sessions.status"])
		.where("team_id", "=", thread.teamId)
		.where("channel_id", "=", thread.channelId)
		.where("thread_ts", "=", thread.threadTs)
		.executeTakeFirst();
}

/** Whoever else wants to make this thread's session waits until the transaction ends. */
export async function lockThread(tx: Tx, thread: Thread): Promise<void> {
	const name = `thread:${thread.teamId}:${thread.channelId}:${thread.threadTs}`;
	await sql`select pg_advisory_xact_lock(hashtextextended(${name}, 0))`.execute(tx);
}

/**
 * An id whose first eight digits no other session has: branches, and what their pushing is judged by, are named after
 * them. Two that are made in the same moment may still begin alike, once in four billion times.
 */
export async function chooseSessionId(tx: Tx, newId: () => string): Promise<string> {
	for (;;) {
		const id = newId();
		const [from, to] = toIdRange(id.slice(0, 8));
		const taken = await tx
			.selectFrom("sessions")
			.select("id")
			.where("id", ">=", from)
			.where("id", "<=", to)
			.limit(1)
			.executeTakeFirst();
		if (!taken) return id;
	}
}

export async function insertSession(
	tx: Tx,
	session: {
		id: string;
		title: string;
		thread: Thread;
		model?: string | null;
		wish?: SessionWish;
		at: Date;
	},
): Promise<void> {
	await tx
		.insertInto("sessions")
		.values({
			id: session.id,
			status: "routing",
			title: session.title,
			model: session.model ?? null,
			wish: session.wish === undefined ? null : JSON.stringify(session.wish),
			created_at: session.at,
			updated_at: session.at,
		})
		.execute();
	await tx
		.insertInto("threads")
		.values({
			team_id: session.thread.teamId,
			channel_id: session.thread.channelId,
			thread_ts: session.thread.threadTs,
			session_id: session.id,
			created_at: session.at,
		})
		.execute();
}

/**
 * Reads a session and keeps its row locked to the end of the transaction.
 *
 * @throws AppError `session_not_found`
 */
export async function lockSession(tx: Tx, sessionId: string) {
	const session = await tx
		.selectFrom("sessions")
		.selectAll()
		.where("id", "=", sessionId)
		.forNoKeyUpdate()
		.executeTakeFirst();
	if (!session) throw sessionNotFound();
	return session;
}

/** Whether a session works in a repository: one that was moved works no more where it was. */
export async function worksIn(tx: Tx, sessionId: string, repositoryId: string): Promise<boolean> {
	const row = await tx
		.selectFrom("sessions")
		.select(["repository_id", "move"])
		.where("id", "=", sessionId)
		.executeTakeFirst();
	return row !== undefined && row.repository_id === repositoryId && row.move === null;
}

export function sessionNotFound(): AppError {
	return new AppError("session_not_found", "There is no such session.");
}

export async function setStatus(tx: Tx, sessionId: string, status: SessionStatus, at: Date): Promise<void> {
	await tx.updateTable("sessions").set({ status, updated_at: at }).where("id", "=", sessionId).execute();
}

export async function setBranch(tx: Tx, sessionId: string, branch: string): Promise<void> {
	await tx.updateTable("sessions").set({ branch }).where("id", "=", sessionId).execute();
}

export async function setBaseBranch(tx: Tx, sessionId: string, branch: string): Promise<void> {
	await tx.updateTable("sessions").set({ base_branch: branch }).where("id", "=", sessionId).execute();
}

/** What people have to know of the session's checkout, a sentence each. */
export async function setCheckoutNotes(tx: Tx, sessionId: string, notes: string[]): Promise<void> {
	await tx.updateTable("sessions").set({ checkout_notes: notes }).where("id", "=", sessionId).execute();
}

export async function setRepository(
	tx: Tx,
	sessionId: string,
	chosen: {
		repositoryId: string | null;
		baseBranch: string | null;
		branch: string | null;
		routing: Routing;
		at: Date;
	},
): Promise<void> {
	await tx
		.updateTable("sessions")
		.set({
			status: "ready",
			repository_id: chosen.repositoryId,
			base_branch: chosen.baseBranch,
			branch: chosen.branch,
			routing: JSON.stringify(chosen.routing),
			updated_at: chosen.at,
		})
		.where("id", "=", sessionId)
		.execute();
}

/** Makes a run the session's owner: from here on only writes with the returned epoch count. */
export async function takeOwnership(
	tx: Tx,
	input: { sessionId: string; instanceId: string; at: Date },
): Promise<number> {
	const row = await tx
		.updateTable("sessions")
		.set((eb) => ({
			epoch: eb("epoch", "+", 1),
			owner_instance: input.instanceId,
			status: "ready" as const,
			updated_at: input.at,
		}))
		.where("id", "=", input.sessionId)
		.returning("epoch")
		.executeTakeFirstOrThrow();
	return row.epoch;
}

/**
 * False: another run owns the session, or this one has let go of it; nothing was changed. The row stays locked to the end
 * of the transaction.
 */
export async function holdOwnership(
	tx: Tx,
	input: { sessionId: string; epoch: number; set?: { conversationId?: string; released?: true } },
): Promise<boolean> {
	const { conversationId, released } = input.set ?? {};
	const row = await tx
		.updateTable("sessions")
		.set({
			updated_at: sql<Date>`now()`,
			...(conversationId === undefined ? {} : { conversation_id: conversationId }),
			...(released ? { owner_instance: null } : {}),
		})
		.where("id", "=", input.sessionId)
		.where("epoch", "=", input.epoch)
		.where("owner_instance", "is not", null)
		.returning("id")
		.executeTakeFirst();
	return row !== undefined;
}

/** Tells the session's owner, wherever it runs, at the end of the transaction. */
export async function notifyControl(tx: Tx, sessionId: string): Promise<void> {
	await sql`select pg_notify(${CONTROL_CHANNEL}, ${sessionId})`.execute(tx);
}

export function readThreads(tx: Tx, sessionId: string): Promise<Thread[]> {
	return tx
		.selectFrom("threads")
		.select(["team_id as teamId", "channel_id as channelId", "thread_ts as threadTs"])
		.where("session_id", "=", sessionId)
		.orderBy("created_at")
		.execute();
}

interface RepositoryQuestion {
	reason: string;
	candidates: { repositoryId: string; repository: string }[];
}

/** What the thread was asked last, and why; empty when it was never asked. */
export async function readQuestion(tx: Tx, sessionId: string): Promise<RepositoryQuestion> {
	const row = await tx
		.selectFrom("events")
		.select("data")
		.where("session_id", "=", sessionId)
		.where("type", "=", "session.asked")
		.orderBy("seq", "desc")
		.limit(1)
		.executeTakeFirst();
	return (row?.data as RepositoryQuestion | undefined) ?? { reason: "", candidates: [] };
}

export function readSession(tx: Tx, sessionId: string) {
	return tx
		.selectFrom("sessions")
		.leftJoin("repositories", "repositories.id", "sessions.repository_id")
		.selectAll("sessions")
		.select(["repositories.owner", "repositories.name"])
		.select(["repositories.archived", "repositories.removed_at", "repositories.size_kib"])
		.where("sessions.id", "=", sessionId)
		.executeTakeFirst();
}
