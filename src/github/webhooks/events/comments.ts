import type { Delivery } from "../delivery.ts";
import { type EventDeps, toRepository } from "../event-deps.ts";

/** What an issue or a pull request says, when that is new. */
export async function handleDescription(delivery: Delivery, { targets }: EventDeps): Promise<void> {
	const repository = toRepository(delivery);
	const number = (delivery.issue ?? delivery.pull_request)?.number;
	const isNew = delivery.action === "opened" || delivery.action === "edited";
	if (repository === null || number === undefined || !isNew) return;
	await targets.onComment({ repository, number, kind: "description", commentId: number });
}

/** A comment at a pull request or an issue. */
export async function handleIssueComment(delivery: Delivery, { targets }: EventDeps): Promise<void> {
	const repository = toRepository(delivery);
	const { issue, comment, action } = delivery;
	if (repository === null || issue === undefined || comment === undefined || action === "deleted") return;
	const { number } = issue;
	await targets.onComment({ repository, number, kind: "issue_comment", commentId: comment.id });
}

/** A comment at a line. GitHub makes each a part of a review, also a single one and an answer; only very old ones are none. */
export async function handleReviewComment(delivery: Delivery, { targets }: EventDeps): Promise<void> {
	const repository = toRepository(delivery);
	const { pull_request, comment, action } = delivery;
	if (repository === null || pull_request === undefined || comment === undefined || action === "deleted")
		return;
	const { number } = pull_request;
	const reviewId = comment.pull_request_review_id ?? null;
	await targets.onComment(
		reviewId === null
			? { repository, number, kind: "review_comment", commentId: comment.id }
			: { repository, number, kind: "review", commentId: reviewId },
	);
}
