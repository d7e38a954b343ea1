import type { PromptOrigin } from "../../contract/session.ts";
import type { Tx } from "../../db/client.ts";

/**
 * Makes room in a session's queue for a message of Slack's: Slack delivers what was said at one moment in any order, and
 * those who write read the thread in the order of its timestamps. The session's row must be locked by the caller.
 *
 * @returns the number to give it; null: the end
 */
export async function makeRoom(tx: Tx, sessionId: string, origin: PromptOrigin): Promise<number | null> {
	if (origin.kind !== "slack") return null;
	const rows = await tx
		.selectFrom("prompts")
		.select(["id", "number", "status", "origin"])
		.where("session_id", "=", sessionId)
		.orderBy("number")
		.execute();
	const later = rows.filter(
		(row) =>
			row.status === "queued" &&
			row.origin.kind === "slack" &&
			row.origin.channelId === origin.channelId &&
			compareTs(row.origin.messageTs, origin.messageTs) > 0,
	);
	let free = (rows.at(-1)?.number ?? 0) + 1;
	// From the end on: no two may have one number for a moment.
	for (const row of later.toReversed()) {
		await tx.updateTable("prompts").set({ number: free }).where("id", "=", row.id).execute();
		free = row.number;
	}
	return later.length === 0 ? null : free;
}

/** Slack's timestamps are names of messages, not numbers: "1712.000200" has more digits than a double keeps. */
export function compareTs(a: string, b: string): number {
	const [seconds = "", rest = ""] = a.split(".");
	const [otherSeconds = "", otherRest = ""] = b.split(".");
	return seconds.length - otherSeconds.length || compare(seconds, otherSeconds) || compare(rest, otherRest);
}

function compare(a: string, b: string): number {
	return a < b ? -1 : a > b ? 1 : 0;
}
