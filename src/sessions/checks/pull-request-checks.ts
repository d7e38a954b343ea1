import { showThreadJob } from "../../jobs/queue.ts";
import {
	findOpenByHead,
	findToldRepository,
	saveChecks,
	type ToldRepository,
} from "../pull-requests/pull-request-life-store.ts";
import { CHECK_NAME } from "../reviews/independent-review-check.ts";
import type { UseCaseDeps } from "../use-case.ts";

/** What the card needs of a commit's checks. Throws AppError. */
export interface ChecksHost {
	/** Every outcome of every check of a commit, oldest first, those of `except` left out. */
	listChecks(input: { owner: string; name: string; sha: string; except: string }): Promise<Outcome[]>;
}

interface Outcome {
	name: string;
	/** Alike for outcomes of one check that was run again. */
	group: string;
	state: "running" | "passed" | "failed" | "other";
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
		const outcomes = await deps.github.listChecks({ owner, name, sha, except: CHECK_NAME });
		const { state, failing } = summarizeChecks(outcomes);
		await db.transaction().execute(async (tx) => {
			for (const { id, session_id: sessionId } of await findOpenByHead(tx, { repositoryId, sha })) {
				const at = new Date(deps.now());
				const isNew = await saveChecks(tx, { id, sha, state, failing: failing.slice(0, MOST_NAMES), at });
				if (isNew) await deps.enqueue(tx, showThreadJob, { version: 1, sessionId }, { key: sessionId });
			}
		});
	};
}

/** Pure. What counts is the last outcome of each check; one that was skipped, or waits for people, says nothing. */
function summarizeChecks(outcomes: Outcome[]): {
	state: "pending" | "passing" | "failing" | null;
	failing: string[];
} {
	const last = [...new Map(outcomes.map((outcome) => [outcome.group, outcome])).values()];
	const failing = [...new Set(last.filter(({ state }) => state === "failed").map(({ name }) => name))].sort();
	if (failing.length > 0) return { state: "failing", failing };
	if (last.some(({ state }) => state === "running")) return { state: "pending", failing };
	return { state: last.some(({ state }) => state === "passed") ? "passing" : null, failing };
}
