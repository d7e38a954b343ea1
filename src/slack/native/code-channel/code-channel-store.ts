import { sql } from "kysely";
import type { Thread } from "../../../contract/session.ts";
import type { Db, Tx } from "../../../db/client.ts";
import type { NativeStore } from "../native-store.ts";

/** The channel of its own that a session has at Slack, or is to have. */
export interface CodeChannel {
	teamId: string;
	/** At Slack. */
	askedBy: string;
	state: "wanted" | "open" | "refused" | "archived" | "closed";
	/** null: there is none yet. */
	channelId: string | null;
	/** The last time; null: there is none yet. */
	openedAt: Date | null;
	invitedAt: Date | null;
	shownBar: string | null;
	shownDiff: string | null;
	shownPullRequest: string | null;
	barAt: Date | null;
}

export function findCodeChannel(tx: Tx, sessionId: string): Promise<CodeChannel | undefined> {
	return tx
		.selectFrom("slack_code_channels")
		.select(["team_id as teamId", "asked_by as askedBy", "state", "channel_id as channelId"])
		.select(["opened_at as openedAt", "invited_at as invitedAt"])
		.select(["shown_bar as shownBar", "shown_diff as shownDiff"])
		.select(["shown_pull_request as shownPullRequest", "bar_at as barAt"])
		.where("session_id", "=", sessionId)
		.executeTakeFirst();
}

/** Somebody wants a session to have a channel. One that Slack refused may be asked for again. */
export async function wantCodeChannel(
	tx: Tx,
	wish: { sessionId: string; teamId: string; askedBy: string },
): Promise<void> {
	const row = { team_id: wish.teamId, asked_by: wish.askedBy };
	await tx
		.insertInto("slack_code_channels")
		.values({ session_id: wish.sessionId, ...row })
		.onConflict((conflict) =>
			conflict
				.column("session_id")
				.doUpdateSet({ ...row, state: "wanted" })
				.where("slack_code_channels.state", "=", "refused"),
		)
		.execute();
}

/** Slack made it: from now on it is a place of its session in which everything that is said is for us. */
export async function noteOpened(
	db: Db,
	opened: { sessionId: string; teamId: string; channelId: string; at: Date },
): Promise<void> {
	await db.transaction().execute(async (tx) => {
		await tx
			.updateTable("slack_code_channels")
			.set({ state: "open", channel_id: opened.channelId, opened_at: opened.at })
			.where("session_id", "=", opened.sessionId)
			.where("state", "=", "wanted")
			.execute();
		await tx
			.insertInto("threads")
			.values({
				team_id: opened.teamId,
				channel_id: opened.channelId,
				thread_ts: "",
				session_id: opened.sessionId,
				replies: "every",
				created_at: opened.at,
			})
			.onConflict((conflict) => conflict.doNothing())
			.execute();
	});
}

export async function changeCodeChannel(
	tx: Tx,
	sessionId: string,
	change: Partial<Omit<CodeChannel, "teamId" | "askedBy" | "channelId" | "openedAt">>,
): Promise<void> {
	const { invitedAt, shownBar, shownDiff, shownPullRequest, barAt, state } = change;
	await tx
		.updateTable("slack_code_channels")
		.set({
			...(state === undefined ? {} : { state }),
			...(invitedAt === undefined ? {} : { invited_at: invitedAt }),
			...(shownBar === undefined ? {} : { shown_bar: shownBar }),
			...(shownDiff === undefined ? {} : { shown_diff: shownDiff }),
			...(shownPullRequest === undefined ? {} : { shown_pull_request: shownPullRequest }),
			...(barAt === undefined ? {} : { bar_at: barAt }),
		})
		.where("session_id", "=", sessionId)
		.execute();
}

/** Somebody speaks in a session's channel: it is open, whatever was thought of it. */
export async function noteHeard(tx: Tx, { teamId, channelId }: Thread, at: Date): Promise<void> {
	await tx
		.updateTable("slack_code_channels")
		.set({ state: "open", opened_at: at })
		.where("team_id", "=", teamId)
		.where("channel_id", "=", channelId)
		.where("state", "in", ["archived", "closed"])
		.execute();
}

/** Who wrote in a session's thread, at Slack; `began`: the message that began it is theirs. */
export function listWriters(tx: Tx, thread: Thread): Promise<{ userId: string; began: boolean }[]> {
	return tx
		.selectFrom("thread_messages")
		.select(["user_id as userId", sql<boolean>`bool_or(ts = thread_ts)`.as("began")])
		.where("team_id", "=", thread.teamId)
		.where("channel_id", "=", thread.channelId)
		.where("thread_ts", "=", thread.threadTs)
		.groupBy("user_id")
		.orderBy("user_id")
		.execute();
}

/** Slack's own sign of a session in its channel. */
export function createChannelSigns(db: Db): NativeStore {
	return {
		async find(sessionId) {
			const row = await db
				.selectFrom("slack_code_channels")
				.select(["sign_status as status", "sign_title as title", "sign_at as setAt"])
				.where("session_id", "=", sessionId)
				.executeTakeFirst();
			if (!row?.status || row.title === null || row.setAt === null) return null;
			return { status: row.status, title: row.title, setAt: row.setAt };
		},
		async save(sessionId, { status, title, setAt }) {
			await db
				.updateTable("slack_code_channels")
				.set({ sign_status: status, sign_title: title, sign_at: setAt })
				.where("session_id", "=", sessionId)
				.execute();
		},
		async noteTitle(sessionId, title) {
			await db
				.updateTable("slack_code_channels")
				.set({ sign_title: title })
				.where("session_id", "=", sessionId)
				.execute();
		},
	};
}
