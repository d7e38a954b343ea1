import { checkReviewJob } from "../../jobs/queue.ts";
import {
	findToldPullRequest,
	findToldRepository,
	type ToldRepository,
} from "../pull-requests/pull-request-life-store.ts";
import type { UseCaseDeps } from "../use-case.ts";

/** Takes that reviews of a pull request may have changed: of one of ours, they are read and judged anew. */
export function createReviewsChanged({ db, enqueue }: Pick<UseCaseDeps, "db" | "enqueue">) {
	return async function reviewsChanged(input: {
		repository: ToldRepository;
		number: number;
	}): Promise<{ outcome: "queued" | "not_ours" }> {
		const repository = await findToldRepository(db, input.repository);
		if (!repository) return { outcome: "not_ours" };
		const of = { repositoryId: repository.id, number: input.number };
		const pullRequest = await findToldPullRequest(db, of);
		if (!pullRequest) return { outcome: "not_ours" };
		await enqueue(db, checkReviewJob, { version: 1, pullRequestId: pullRequest.id }, { key: pullRequest.id });
		return { outcome: "queued" };
	};
}
