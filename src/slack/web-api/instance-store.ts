import type { Db } from "../../db/client.ts";
import type { Log } from "../../log.ts";

const READ_EVERY_MS = 15_000;

/** How many instances of Bobbin share what Slack allows; a number of some seconds ago. */
export function createInstanceCount(deps: { db: Db; now: () => number; log: Log }): () => number {
	let count = 1;
	let readAtMs = Number.NEGATIVE_INFINITY;

	async function read(): Promise<void> {
		const row = await deps.db
			.selectFrom("instances")
			.select((eb) => eb.fn.countAll<number>().as("count"))
			.executeTakeFirstOrThrow();
		count = Math.max(1, Number(row.count));
	}

	return () => {
		if (deps.now() - readAtMs >= READ_EVERY_MS) {
			readAtMs = deps.now();
			read().catch((err) => deps.log.debug({ err }, "the instances were not counted"));
		}
		return count;
	};
}
