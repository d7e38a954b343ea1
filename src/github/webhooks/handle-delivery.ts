import { AppError } from "../../errors.ts";
import type { Delivery } from "./delivery.ts";
import type { EventDeps } from "./event-deps.ts";
import { handleAuthorization } from "./events/authorization.ts";
import { handleCheckRun, handleCheckSuite, handleStatus } from "./events/checks.ts";
import { handleDescription, handleIssueComment, handleReviewComment } from "./events/comments.ts";
import { handleRepositories } from "./events/installation.ts";
import { handleMergeGroup } from "./events/merge-group.ts";
import { handleMember, handleMembership, handleOrganization, handleTeam } from "./events/people.ts";
import { handlePullRequest } from "./events/pull-request.ts";
import { handlePush } from "./events/push.ts";
import { handleRepository } from "./events/repository.ts";
import { handleReview } from "./events/review.ts";

type Handle = (delivery: Delivery, deps: EventDeps) => Promise<void>;

const HANDLERS: Record<string, Handle> = {
	pull_request: handlePullRequest,
	pull_request_review: handleReview,
	pull_request_review_comment: handleReviewComment,
	issues: handleDescription,
	issue_comment: handleIssueComment,
	check_run: handleCheckRun,
	check_suite: handleCheckSuite,
	status: handleStatus,
	merge_group: handleMergeGroup,
	push: handlePush,
	installation: handleRepositories,
	installation_repositories: handleRepositories,
	repository: handleRepository,
	member: handleMember,
	membership: handleMembership,
	team: handleTeam,
	organization: handleOrganization,
	github_app_authorization: handleAuthorization,
};

/**
 * Brings what a webhook tells to where it belongs. One of a kind that nobody needs says by its row that it came.
 *
 * @throws AppError `repository_not_found`: what it tells of is gone, or kept from the App
 */
export async function handleDelivery(delivery: Delivery, deps: EventDeps): Promise<void> {
	if (!Object.hasOwn(HANDLERS, delivery.event)) return;
	try {
		return await HANDLERS[delivery.event]?.(delivery, deps);
	} catch (error) {
		if (!(error instanceof AppError) || error.code !== "repository_not_found") throw error;
	}
	// What is known of names may be older than the webhook.
	await deps.targets.onRepositoriesChanged();
	await HANDLERS[delivery.event]?.(delivery, deps);
}
