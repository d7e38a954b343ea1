import type { Db } from "./db/client.ts";
import type { Github } from "./github/github.ts";
import { shareRuns } from "./github/share-runs.ts";
import { shareRunsByKey } from "./github/share-runs-by-key.ts";
import type { GithubStore } from "./github/store.ts";
import type { UserTokens } from "./github/user-tokens.ts";
import { createGithubWebhooks, type GithubWebhooks } from "./github/webhooks/webhooks.ts";
import type { Enqueue } from "./jobs/queue.ts";
import type { Log } from "./log.ts";
import type { Access } from "./people/access.ts";
import { createForgetRights } from "./people/forget-rights.ts";
import { createPullRequestChecks } from "./sessions/checks/pull-request-checks.ts";
import { judgeCommit } from "./sessions/checks/request-check-judgment.ts";
import { createAcceptComment } from "./sessions/comments/accept-comment.ts";
import type { Mask } from "./sessions/ports.ts";
import { createPullRequestChanged } from "./sessions/pull-requests/pull-request-changed.ts";
import { createCheckMergeGroup } from "./sessions/reviews/check-merge-group.ts";
import { createCheckOthersPullRequest } from "./sessions/reviews/check-others-pull-request.ts";
import { recheckCommit, recheckLatest } from "./sessions/reviews/request-review-check.ts";
import { createReviewsChanged } from "./sessions/reviews/reviews-changed.ts";
import { routeAgain } from "./sessions/routing/route-again.ts";
import type { Sessions } from "./sessions/sessions.ts";

/** Joins GitHub's webhooks with the parts that they are told to. */
export function createWebhooks(deps: {
	db: Db;
	enqueue: Enqueue;
	github: Github;
	store: GithubStore;
	secret: string;
	access: Pick<Access, "forget" | "permissionOf">;
	rememberPerson: Sessions["rememberPerson"];
	userTokens: Pick<UserTokens, "forgetAuthorization">;
	mask: Mask;
	onPush(push: { owner: string; name: string; ref: string }): Promise<void>;
	syncRepositories(): Promise<unknown>;
	log: Log;
	now: () => number;
	newId: () => string;
}): GithubWebhooks {
	const pullRequestChanged = createPullRequestChanged(deps);
	// A workflow with many jobs tells of each of them, and every look reads them all.
	const checksChanged = shareRunsByKey(
		({ repository: { owner, name }, sha }) => `${owner}/${name}@${sha}`,
		createPullRequestChecks(deps),
	);
	const acceptComment = createAcceptComment(deps);
	const reviewsChanged = createReviewsChanged(deps);
	const checkOthersPullRequest = createCheckOthersPullRequest(deps);
	const forgetRights = createForgetRights(deps);
	// An installation with many repositories tells of each of them, and every look reads them all.
	const syncRepositories = shareRuns(deps.syncRepositories);
	return createGithubWebhooks({
		...deps,
		targets: {
			async onPullRequest({ repository, pullRequest: now, askedAtMs, heads, action, sender }) {
				const act = sender && { action, ...sender };
				const { outcome } = await pullRequestChanged({ repository, now, askedAtMs, heads, act });
				if (outcome === "not_ours") await checkOthersPullRequest({ repository, number: now.number, now });
			},
			async onReviews(of) {
				const { outcome } = await reviewsChanged(of);
				if (outcome === "not_ours") await checkOthersPullRequest(of);
			},
			async onComment(comment) {
				await acceptComment(comment);
			},
			async onChecks(of) {
				await checksChanged(of);
				await judgeCommit(deps, of);
			},
			onChecksAskedAgain: (of) => recheckCommit(deps.db, deps.enqueue, of),
			onMergeGroup: createCheckMergeGroup(deps),
			onPush: ({ repository, ref }) => deps.onPush({ ...repository, ref }),
			async onRepositoriesChanged() {
				await syncRepositories();
			},
			async onHeardAgain() {
				await recheckLatest(deps.db, deps.enqueue);
				await routeAgain(deps);
			},
			onRightsChanged: forgetRights,
			onAuthorizationRevoked: ({ githubId }) => deps.userTokens.forgetAuthorization(githubId),
		},
	});
}
