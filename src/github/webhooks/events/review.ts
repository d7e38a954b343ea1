import type { Delivery } from "../delivery.ts";
import { type EventDeps, toRepository } from "../event-deps.ts";

/** A review was submitted, edited or dismissed. Its line comments belong to it. */
export async function handleReview(delivery: Delivery, { targets }: EventDeps): Promise<void> {
	const repository = toRepository(delivery);
	const number = delivery.pull_request?.number;
	if (repository === null || number === undefined) return;
	await targets.onReviews({ repository, number });
	if (delivery.review === undefined || delivery.action === "dismissed") return;
	await targets.onComment({ repository, number, kind: "review", commentId: delivery.review.id });
}
