import { sql } from "kysely";
import type { Database } from "../../db/client.ts";

export interface InboxRow {
	id: number;
	body: unknown;
	/** How often it was begun, this time included. */
	attempts: number;
}

/** What Slack told us and what became of it. Times are the database's, so that instances agree. */
export interface InboxStore {
	/** Keeps an entry and claims it for the caller; null if it is there already, under this key or as its twin. */
	insert(
		entry: { key: string; twinKey: string | null; body: unknown },
		leaseMs: number,
	): Promise<InboxRow | null>;
	/** Claims entries that nobody has claimed any more: a crash or a stop left them over. Oldest first. */
	claimDue(limit: number, leaseMs: number): Promise<InboxRow[]>;
	/** Counts one more attempt at an entry that the caller has claimed, and renews the claim. */
	beginAgain(row: InboxRow, leaseMs: number): Promise<InboxRow>;
	/** Keeps the claims of entries that are still at work. */
	renew(ids: number[], leaseMs: number): Promise<void>;
	finish(id: number, lastError: string | null): Promise<void>;
	/** Keeps the claim for so long. */
	fail(id: number, lastError: string, leaseMs: number): Promise<void>;
}

export function createInboxStore({ db }: Pick<Database, "db">): InboxStore {
	const inMs = (ms: number) => sql<Date>`now() + ${ms} * interval '1 millisecond'`;
	return {
		async insert({ key, twinKey, body }, leaseMs) {
			const row = await db
				.insertInto("inbox")
				.values({
					source: "slack",
					key,
					twin_key: twinKey,
					body: JSON.stringify(body),
					attempts: 1,
					claimed_until: inMs(leaseMs),
				})
				.onConflict((conflict) => conflict.doNothing())
				.returning(["id", "attempts"])
				.executeTakeFirst();
			return row === undefined ? null : { ...row, body };
		},

		async claimDue(limit, leaseMs) {
			const rows = await db
				.updateTable("inbox")
				.set((eb) => ({ attempts: eb("attempts", "+", 1), claimed_until: inMs(leaseMs) }))
				.where("id", "in", (eb) =>
					eb
						.selectFrom("inbox")
						.select("id")
						.where("source", "=", "slack")
						.where("processed_at", "is", null)
						.where((or) =>
							or.or([or("claimed_until", "is", null), or("claimed_until", "<", sql<Date>`now()`)]),
						)
						.orderBy("id")
						.limit(limit)
						.forUpdate()
						.skipLocked(),
				)
				.returning(["id", "body", "attempts"])
				.execute();
			return rows.sort((a, b) => a.id - b.id);
		},

		async beginAgain({ id, body }, leaseMs) {
			const row = await db
				.updateTable("inbox")
				.set((eb) => ({ attempts: eb("attempts", "+", 1), claimed_until: inMs(leaseMs) }))
				.where("id", "=", id)
				.returning(["id", "attempts"])
				.executeTakeFirstOrThrow();
			return { ...row, body };
		},

		async renew(ids, leaseMs) {
			if (ids.length === 0) return;
			await db
				.updateTable("inbox")
				.set({ claimed_until: inMs(leaseMs) })
				.where("id", "in", ids)
				.where("processed_at", "is", null)
				.execute();
		},

		async finish(id, lastError) {
			await db
				.updateTable("inbox")
				// What people said is not kept a second time: only that it was handled.
				.set({ processed_at: sql<Date>`now()`, claimed_until: null, last_error: lastError, body: "{}" })
				.where("id", "=", id)
				.execute();
		},

		async fail(id, lastError, leaseMs) {
			await db
				.updateTable("inbox")
				.set({ last_error: lastError, claimed_until: inMs(leaseMs) })
				.where("id", "=", id)
				.execute();
		},
	};
}
