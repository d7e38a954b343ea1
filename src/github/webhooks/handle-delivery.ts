import type { Delivery } from "./delivery.ts";
import type { EventDeps } from "./event-deps.ts";
import { handleAuthorization } from "./events/authorization.ts";
import { handleCheckRun, handleCheckSuite, handleStatus } from "./events/checks.ts";
import { handleIssueComment, handleReviewComment } from "./events/comments.ts";
import { handleRepositories } from "./events/installation.ts";
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
	issue_comment: handleIssueComment,
	check_run: handleCheckRun,
	check_suite: handleCheckSuite,
	status: handleStatus,
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

/** Brings what a webhook tells to where it belongs. One of a kind that nobody needs says by its row that it came. */
export async function handleDelivery(delivery: Delivery, deps: EventDeps): Promise<void> {
	if (Object.hasOwn(HANDLERS, delivery.event)) await HANDLERS[delivery.event]?.(delivery, deps);
}
