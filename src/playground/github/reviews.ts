import { showUser } from "./actors.ts";
import { showPull } from "./pulls.ts";
import { notFound, refusedReview, unprocessable } from "./refusal.ts";
import { webhookFrame } from "./repositories.ts";
import { insertReviewComment, type NewReviewComment } from "./review-comments.ts";
import type { PullRow, RepositoryRow, ReviewRow } from "./rows.ts";
import { timestamp, type World } from "./world.ts";

const STATE_OF = { APPROVE: "APPROVED", REQUEST_CHANGES: "CHANGES_REQUESTED", COMMENT: "COMMENTED" } as const;

interface ReviewInput {
	author: string;
	event: keyof typeof STATE_OF;
	body?: string | undefined;
	sha?: string | undefined;
	/** At lines; their places are checked already. */
	comments?: NewReviewComment[];
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
		throw refusedReview(`Can not ${verb} your own pull request`);
	}
	const { comments = [] } = input;
	if (event !== "APPROVE" && body === "" && comments.length === 0)
		throw unprocessable("PullRequestReview", "Body can't be blank");
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
		tell(world, repository, pull, review, { action: "submitted", sender: author });
		for (const comment of comments) insertReviewComment(world, repository, pull, review, comment);
		return review;
	});
}

/** Takes a yes or a no of somebody back. Only they who may write do that. */
export function dismissReview(
	world: World,
	repository: RepositoryRow,
	pull: PullRow,
	input: { reviewId: number; by: string },
): ReviewRow {
	const found = world.state.get<ReviewRow>(
		"select * from reviews where repository_id = ? and number = ? and id = ?",
		repository.id,
		pull.number,
		input.reviewId,
	);
	if (found === undefined) throw notFound();
	if (found.state === "COMMENTED" || found.state === "DISMISSED") {
		throw refusedReview(`Can not dismiss a ${found.state.toLowerCase()} pull request review`);
	}
	return world.state.transaction(() => setDismissed(world, repository, pull, found, input.by));
}

/** What a branch rule does to approvals of an earlier head. Must run inside a transaction. */
export function dismissStaleApprovals(
	world: World,
	repository: RepositoryRow,
	pull: PullRow,
	by: string,
): void {
	const rule = world.state.get(
		"select 1 from stale_approval_rules where repository_id = ? and branch = ?",
		repository.id,
		pull.base_ref,
	);
	if (rule === undefined) return;
	const stale = world.state.all<ReviewRow>(
		"select * from reviews where repository_id = ? and number = ? and state = 'APPROVED' and sha <> ?",
		repository.id,
		pull.number,
		pull.head_sha,
	);
	for (const review of stale) setDismissed(world, repository, pull, review, by);
}

function setDismissed(
	world: World,
	repository: RepositoryRow,
	pull: PullRow,
	review: ReviewRow,
	sender: string,
): ReviewRow {
	const next: ReviewRow = { ...review, state: "DISMISSED" };
	world.state.run("update reviews set state = ? where id = ?", next.state, next.id);
	tell(world, repository, pull, next, { action: "dismissed", sender });
	return next;
}

function tell(
	world: World,
	repository: RepositoryRow,
	pull: PullRow,
	review: ReviewRow,
	{ action, sender }: { action: "submitted" | "dismissed"; sender: string },
): void {
	const shown = showReview(world, repository, pull, review);
	world.deliveries.add("pull_request_review", {
		action,
		review: { ...shown, state: shown.state.toLowerCase() },
		pull_request: showPull(world, repository, pull),
		...webhookFrame(world, repository, sender),
	});
}
