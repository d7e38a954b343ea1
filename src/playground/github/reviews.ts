import { showUser } from "./actors.ts";
import { showPull } from "./pulls.ts";
import { Refusal, unprocessable } from "./refusal.ts";
import { webhookFrame } from "./repositories.ts";
import type { PullRow, RepositoryRow, ReviewRow } from "./rows.ts";
import { timestamp, type World } from "./world.ts";

const STATE_OF = { APPROVE: "APPROVED", REQUEST_CHANGES: "CHANGES_REQUESTED", COMMENT: "COMMENTED" } as const;

interface ReviewInput {
	author: string;
	event: keyof typeof STATE_OF;
	body?: string | undefined;
	sha?: string | undefined;
}

export function showReview(world: World, repository: RepositoryRow, pull: PullRow, review: ReviewRow) {
	return {
		id: review.id,
		node_id: `PRR_${review.id}`,
		user: showUser(world, review.author),
		body: review.body,
		state: review.state,
		commit_id: review.sha,
		submitted_at: review.submitted_at,
		html_url: `${showPull(world, repository, pull).html_url}#review-${review.id}`,
	};
}

/** Keeps a review and tells it. Nobody approves their own pull request. */
export function submitReview(
	world: World,
	repository: RepositoryRow,
	pull: PullRow,
	input: ReviewInput,
): ReviewRow {
	const { author, event, body = "", sha = pull.head_sha } = input;
	if (author === pull.author && event !== "COMMENT") {
		const verb = event === "APPROVE" ? "approve" : "request changes on";
		throw new Refusal(422, `Can not ${verb} your own pull request`);
	}
	if (event !== "APPROVE" && body === "") throw unprocessable("PullRequestReview", "Body can't be blank");
	return world.state.transaction(() => {
		const review = world.state.get<ReviewRow>(
			"insert into reviews (repository_id, number, author, state, body, sha, submitted_at) values (?, ?, ?, ?, ?, ?, ?) returning *",
			repository.id,
			pull.number,
			author,
			STATE_OF[event],
			body,
			sha,
			timestamp(world),
		);
		if (review === undefined) throw new Error("the review was not inserted");
		const shown = showReview(world, repository, pull, review);
		world.deliveries.add("pull_request_review", {
			action: "submitted",
			review: { ...shown, state: shown.state.toLowerCase() },
			pull_request: showPull(world, repository, pull),
			...webhookFrame(world, repository, author),
		});
		return review;
	});
}
