import { sql } from "kysely";
import type { Database } from "../../db/client.ts";

interface MessageAddress {
	teamId: string;
	channelId: string;
}

/** One thing that we show in a thread. */
export interface ShownMessage {
	key: string;
	deliveryId: string;
	ts: string | null;
	/** Hash of what is shown; `gone:<why>` for what is never touched again. */
	shown: string | null;
	/** The session's log position when it was last shown before its work began. */
	shownSeq: number;
}

export interface ClaimedMessage extends ShownMessage {
	/** Proves the claim: a later one has another number. */
	attempt: number;
	/** Someone may have posted it and died, or lost the answer: read back before posting. */
	doubtful: boolean;
}

/** A message that somebody claimed. */
interface Held {
	sessionId: string;
	key: string;
	attempt: number;
}

/**
 * What a thread shows, and who is changing it at the moment. A row without `ts` that was claimed before is in doubt;
 * a call that certainly did nothing therefore takes its new row away (`forget`).
 */
export interface MessageStore {
	load(sessionId: string): Promise<ShownMessage[]>;
	claim(
		target: { sessionId: string; key: string; deliveryId: string } & MessageAddress,
		leaseMs: number,
	): Promise<{ outcome: "claimed"; message: ClaimedMessage } | { outcome: "busy"; retryAfterMs: number }>;
	/** Writes what is shown now and gives the claim back. Nothing happens if somebody claimed it meanwhile. */
	record(target: Held, now: { ts: string | null; shown: string; shownSeq: number | null }): Promise<void>;
	/** Writes what may be shown from now on; the claim stays. */
	note(target: Held, shown: string): Promise<void>;
	/** Gives the claim back; whether something was posted stays open. */
	release(target: Held): Promise<void>;
	/** Takes away a row that certainly shows nothing. */
	forget(target: Held): Promise<void>;
}

export function createMessageStore({ db }: Pick<Database, "db">): MessageStore {
	/** Nothing happens if somebody claimed it meanwhile. */
	async function change(
		{ sessionId, key, attempt }: Held,
		to: { ts?: string | null; shown?: string; shown_seq?: number; claimed_until?: null },
	): Promise<void> {
		await db
			.updateTable("slack_messages")
			.set(to)
			.where("session_id", "=", sessionId)
			.where("key", "=", key)
			.where("attempts", "=", attempt)
			.execute();
	}

	return {
		async load(sessionId) {
			const rows = await db
				.selectFrom("slack_messages")
				.select(["key", "delivery_id", "ts", "shown", "shown_seq"])
				.where("session_id", "=", sessionId)
				.execute();
			return rows.map(toShown);
		},

		async claim({ sessionId, key, deliveryId, teamId, channelId }, leaseMs) {
			const lease = sql<Date>`now() + ${leaseMs} * interval '1 millisecond'`;
			const row = await db
				.insertInto("slack_messages")
				.values({
					session_id: sessionId,
					key,
					delivery_id: deliveryId,
					team_id: teamId,
					channel_id: channelId,
					ts: null,
					shown: null,
					claimed_until: lease,
					attempts: 1,
				})
				.onConflict((conflict) =>
					conflict
						.columns(["session_id", "key"])
						.doUpdateSet((eb) => ({
							claimed_until: lease,
							attempts: eb("slack_messages.attempts", "+", 1),
						}))
						.where((eb) =>
							eb.or([
								eb("slack_messages.claimed_until", "is", null),
								eb("slack_messages.claimed_until", "<=", sql<Date>`now()`),
							]),
						),
				)
				.returning(["key", "delivery_id", "ts", "shown", "shown_seq", "attempts"])
				.executeTakeFirst();
			if (row !== undefined) {
				const doubtful = row.ts === null && row.attempts > 1;
				return { outcome: "claimed", message: { ...toShown(row), attempt: row.attempts, doubtful } };
			}
			const held = await db
				.selectFrom("slack_messages")
				.select(sql<number>`extract(epoch from claimed_until - now()) * 1000`.as("leftMs"))
				.where("session_id", "=", sessionId)
				.where("key", "=", key)
				.executeTakeFirst();
			return { outcome: "busy", retryAfterMs: Math.max(100, Math.ceil(Number(held?.leftMs ?? 0))) };
		},

		record: (held, { ts, shown, shownSeq }) =>
			change(held, {
				...{ ts, shown, claimed_until: null },
				...(shownSeq === null ? {} : { shown_seq: shownSeq }),
			}),
		note: (held, shown) => change(held, { shown }),
		release: (held) => change(held, { claimed_until: null }),

		async forget({ sessionId, key, attempt }) {
			await db
				.deleteFrom("slack_messages")
				.where("session_id", "=", sessionId)
				.where("key", "=", key)
				.where("attempts", "=", attempt)
				.where("ts", "is", null)
				.execute();
		},
	};
}

function toShown(row: {
	key: string;
	delivery_id: string;
	ts: string | null;
	shown: string | null;
	shown_seq: number;
}): ShownMessage {
	return {
		key: row.key,
		deliveryId: row.delivery_id,
		ts: row.ts,
		shown: row.shown,
		shownSeq: row.shown_seq,
	};
}
