import type { Db } from "../../db/client.ts";
import { type Enqueue, routeSessionJob } from "../../jobs/queue.ts";

/** What was asked longer ago is not begun without a word of anybody. */
const ASKED_WITHIN_MS = 86_400_000;

/** Looks once more where those sessions belong that ask for it: repositories are there that were not when they asked. */
export async function routeAgain(deps: { db: Db; enqueue: Enqueue; now: () => number }): Promise<void> {
	const asking = await deps.db
		.selectFrom("sessions")
		.select("id")
		.where("status", "=", "asking")
		.where("updated_at", ">", new Date(deps.now() - ASKED_WITHIN_MS))
		.execute();
	for (const { id: sessionId } of asking)
		await deps.enqueue(deps.db, routeSessionJob, { version: 1, sessionId }, { key: sessionId });
}
