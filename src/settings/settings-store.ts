import { sql } from "kysely";
import type { Thread } from "../contract/session.ts";
import type { Notify } from "../contract/settings.ts";
import type { Tx } from "../db/client.ts";
import type { Chosen } from "./decide-settings.ts";

export interface PersonSettings extends Pick<Chosen, "verbosity" | "model"> {
	notify: Notify;
}

export interface ChannelSettings extends Chosen {
	repositoryId: string | null;
}

type ChannelAddress = Pick<Thread, "teamId" | "channelId">;

const NOTHING = { verbosity: null, replies: null, model: null };

export async function readPersonSettings(tx: Tx, personId: string): Promise<PersonSettings> {
	return tx
		.selectFrom("people")
		.select(["verbosity", "model", "notify"])
		.where("id", "=", personId)
		.executeTakeFirstOrThrow();
}

export async function savePersonSettings(
	tx: Tx,
	personId: string,
	change: Partial<PersonSettings>,
): Promise<void> {
	if (Object.keys(change).length === 0) return;
	await tx.updateTable("people").set(change).where("id", "=", personId).execute();
}

export async function readChannelSettings(tx: Tx, at: ChannelAddress): Promise<ChannelSettings> {
	const row = await tx
		.selectFrom("channels")
		.select(["verbosity", "replies", "model", "default_repository_id as repositoryId"])
		.where("team_id", "=", at.teamId)
		.where("channel_id", "=", at.channelId)
		.executeTakeFirst();
	return row ?? { ...NOTHING, repositoryId: null };
}

export async function saveChannelSettings(
	tx: Tx,
	at: ChannelAddress,
	change: Partial<ChannelSettings>,
): Promise<void> {
	const { repositoryId, ...rest } = change;
	const set = { ...rest, ...(repositoryId === undefined ? {} : { default_repository_id: repositoryId }) };
	if (Object.keys(set).length === 0) return;
	await tx
		.insertInto("channels")
		.values({ team_id: at.teamId, channel_id: at.channelId, ...set })
		.onConflict((conflict) =>
			conflict.columns(["team_id", "channel_id"]).doUpdateSet({ ...set, updated_at: sql<Date>`now()` }),
		)
		.execute();
}

/** Nothing for a thread that has no session. */
export async function readThreadSettings(tx: Tx, thread: Thread): Promise<Chosen> {
	const row = await tx
		.selectFrom("threads")
		.innerJoin("sessions", "sessions.id", "threads.session_id")
		.select(["threads.verbosity", "threads.replies", "sessions.model"])
		.where("threads.team_id", "=", thread.teamId)
		.where("threads.channel_id", "=", thread.channelId)
		.where("threads.thread_ts", "=", thread.threadTs)
		.executeTakeFirst();
	return row ?? NOTHING;
}

/** False: the thread has no session. */
export async function saveThreadSettings(
	tx: Tx,
	thread: Thread,
	change: Partial<Pick<Chosen, "verbosity" | "replies">>,
): Promise<boolean> {
	if (Object.keys(change).length === 0) return true;
	const row = await tx
		.updateTable("threads")
		.set(change)
		.where("team_id", "=", thread.teamId)
		.where("channel_id", "=", thread.channelId)
		.where("thread_ts", "=", thread.threadTs)
		.returning("session_id")
		.executeTakeFirst();
	return row !== undefined;
}

/** The model of a session's next turns; null: what its place says. */
export async function saveSessionModel(tx: Tx, sessionId: string, model: string | null): Promise<void> {
	await tx.updateTable("sessions").set({ model }).where("id", "=", sessionId).execute();
}
