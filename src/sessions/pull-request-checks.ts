import { showThreadJob } from "../jobs/queue.ts";
import { CHECK_NAME } from "./independent-review-check.ts";
import {
	findOpenByHead,
	findToldRepository,
	saveChecks,
	type ToldRepository,
} from "./pull-request-life-store.ts";
import type { UseCaseDeps } from "./use-case.ts";

/** What the card needs of a commit's checks. Throws AppError. */
export interface ChecksHost {
	readChecks(input: {
		owner: string;
		name: string;
		sha: string;
		ownCheck: string;
	}): Promise<{ state: "pending" | "passing" | "failing" | null; failing: string[] }>;
}

const MOST_NAMES = 20;

/** Takes that checks of a commit may have changed: where it is the head of a pull request of ours, its card says so. */
export function createPullRequestChecks(deps: UseCaseDeps & { github: ChecksHost }) {
	const { db } = deps;
	return async function checksChanged(input: { repository: ToldRepository; sha: string }): Promise<void> {
		const repository = await findToldRepository(db, input.repository);
		if (!repository) return;
		const { owner, name, id: repositoryId } = repository;
		const { sha } = input;
		if ((await findOpenByHead(db, { repositoryId, sha })).length === 0) return;
		const { state, failing } = await deps.github.readChecks({ owner, name, sha, ownCheck: CHECK_NAME });
		await db.transaction().execute(async (tx) => {
			for (const { id, session_id: sessionId } of await findOpenByHead(tx, { repositoryId, sha })) {
				const at = new Date(deps.now());
				const isNew = await saveChecks(tx, { id, sha, state, failing: failing.slice(0, MOST_NAMES), at });
				if (isNew) await deps.enqueue(tx, showThreadJob, { version: 1, sessionId }, { key: sessionId });
			}
		});
	};
}
