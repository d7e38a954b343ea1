import type { Tx } from "../../db/client.ts";
import { openPullRequestJob } from "../../jobs/queue.ts";
import type { UseCaseDeps } from "../use-case.ts";
import { takeWaiting } from "./opening-store.ts";

/** Has every pull request opened that waited for a person's GitHub account, in the transaction in which they got one. */
export function createReleaseOpenings(deps: Pick<UseCaseDeps, "enqueue">) {
	return async (tx: Tx, personId: string): Promise<{ sessionIds: string[] }> => {
		const released = await takeWaiting(tx, personId);
		// In their order: what is stacked comes after what it stands on.
		for (const { id } of released)
			await deps.enqueue(tx, openPullRequestJob, { version: 1, pullRequestId: id }, { key: id });
		return { sessionIds: [...new Set(released.map(({ sessionId }) => sessionId))] };
	};
}
