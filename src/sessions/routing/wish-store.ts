import type { Tx } from "../../db/client.ts";
import type { SessionWish } from "../../db/schema/sessions.ts";

/** What whoever began a session chose as its repository; null: nothing, or the thread was asked since. */
export async function readWishedRepository(
	tx: Tx,
	sessionId: string,
): Promise<NonNullable<SessionWish["repository"]> | null> {
	const row = await tx
		.selectFrom("sessions")
		.select("wish")
		.where("id", "=", sessionId)
		.where("status", "=", "routing")
		.executeTakeFirst();
	return row?.wish?.repository ?? null;
}
