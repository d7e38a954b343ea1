import type { Db } from "../db/client.ts";
import type { Enqueue } from "../jobs/queue.ts";

/** What a use case works with. */
export interface UseCaseDeps {
	db: Db;
	enqueue: Enqueue;
	now: () => number;
	newId: () => string;
}
