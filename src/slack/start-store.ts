import { sql } from "kysely";
import type { Database } from "../db/client.ts";

type StartClaim =
	/** `ts`: it is posted. `sinceMs` (since 1970): it was not posted before then; null with no doubt: nobody tried. */
	{ outcome: "claimed"; ts: string | null; isDoubtful: boolean; sinceMs: number } | { outcome: "busy" };

/**
 * The messages of ours that prompts begin with, one row a key. A row that was there before its claim is in doubt as long
 * as it has no `ts`: whoever had it may have posted and died.
 */
export interface StartStore {
	claim(key: string, leaseMs: number): Promise<StartClaim>;
	/** Writes down where it is posted, and gives the claim back. */
	record(key: string, ts: string): Promise<void>;
	/** Gives the claim back; whether it was posted stays open. */
	release(key: string): Promise<void>;
	/** Takes away a row whose message certainly was not posted. */
	forget(key: string): Promise<void>;
}

export function createStartStore({ db }: Pick<Database, "db">): StartStore {
	return {
		async claim(key, leaseMs) {
			const lease = sql<Date>`now() + ${leaseMs} * interval '1 millisecond'`;
			const fresh = await db
				.insertInto("slack_starts")
				.values({ key, ts: null, claimed_until: lease })
				.onConflict((conflict) => conflict.doNothing())
				.returning("created_at")
				.executeTakeFirst();
			if (fresh !== undefined)
				return { outcome: "claimed", ts: null, isDoubtful: false, sinceMs: fresh.created_at.getTime() };
			const again = await db
				.updateTable("slack_starts")
				.set({ claimed_until: lease })
				.where("key", "=", key)
				.where((eb) => eb.or([eb("claimed_until", "is", null), eb("claimed_until", "<", sql<Date>`now()`)]))
				.returning(["ts", "created_at"])
				.executeTakeFirst();
			if (again === undefined) return { outcome: "busy" };
			const sinceMs = again.created_at.getTime();
			return { outcome: "claimed", ts: again.ts, isDoubtful: again.ts === null, sinceMs };
		},
		async record(key, ts) {
			await db.updateTable("slack_starts").set({ ts, claimed_until: null }).where("key", "=", key).execute();
		},
		async release(key) {
			await db.updateTable("slack_starts").set({ claimed_until: null }).where("key", "=", key).execute();
		},
		async forget(key) {
			await db.deleteFrom("slack_starts").where("key", "=", key).where("ts", "is", null).execute();
		},
	};
}
