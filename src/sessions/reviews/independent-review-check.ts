import { showThreadJob } from "../../jobs/queue.ts";
import { type Act, recordAudit } from "../../people/audit.ts";
import { appendEvents } from "../log/event-store.ts";
import type { PullRequestNow } from "../ports.ts";
import { createPullRequestChanged } from "../pull-requests/pull-request-changed.ts";
import { findWithRepository } from "../pull-requests/pull-request-store.ts";
import { lockSession } from "../session-store.ts";
import type { UseCaseDeps } from "../use-case.ts";
import type { Flaw, Review, ReviewDecision } from "./independent-review.ts";
import { createJudgeReviews, type JudgeHost } from "./judge-reviews.ts";
import { findSessionsBehind, saveIndependent, saveReviews } from "./review-store.ts";

export const CHECK_NAME = "bobbin/independent-review";

interface Address {
	owner: string;
	name: string;
}

/** What the check needs of GitHub. Its calls throw AppError. */
export interface ReviewHost extends JudgeHost {
	readPullRequest(input: Address & { number: number }): Promise<PullRequestNow>;
	/** All of them as they are now, those that are not submitted left out. */
	listReviews(input: Address & { number: number }): Promise<Review[]>;
	/** Makes the App's check run of this name at a commit, or changes the one that is there. */
	publishCheck(
		input: Address & ReviewDecision & { headSha: string; checkName: string; externalId: string },
	): Promise<{ outcome: "created" | "updated" | "unchanged" }>;
}

type Row = NonNullable<Awaited<ReturnType<typeof findWithRepository>>>;
type Judged = Awaited<ReturnType<ReturnType<typeof createJudgeReviews>>>;

export interface CheckReviewDeps extends UseCaseDeps {
	github: ReviewHost;
}

/**
 * Says at the head of a pull request whether somebody who did not prompt has approved it. Everything is read anew, so it
 * may run at any time, in any order and again after a kill: there is one check run for each head.
 */
export function createCheckReview(deps: CheckReviewDeps) {
	const { db, github } = deps;
	const pullRequestChanged = createPullRequestChanged(deps);
	const judgeReviews = createJudgeReviews(deps);

	return async function checkReview(input: {
		pullRequestId: string;
		signal: AbortSignal;
	}): Promise<{ outcome: "published"; decision: ReviewDecision } | { outcome: "not_open" }> {
		const { pullRequestId, signal } = input;
		const row = await findWithRepository(db, pullRequestId);
		if (!row || row.number === null || row.installation_id === null) return { outcome: "not_open" };
		const place = { owner: row.owner, name: row.name, installationId: row.installation_id };
		const askedAtMs = deps.now();
		const [facts, reviews] = await Promise.all([
			github.readPullRequest({ ...place, number: row.number }),
			github.listReviews({ ...place, number: row.number }),
		]);
		if (facts.state !== "open") {
			await keepReviews(row, reviews, null);
			// Told by a webhook that never came.
			if (row.state === "open")
				await pullRequestChanged({
					repository: { owner: row.owner, name: row.name, githubId: row.github_id },
					...{ now: facts, askedAtMs, heads: [], act: null },
				});
			return { outcome: "not_open" };
		}
		const others = await findSessionsBehind(db, { repositoryId: row.repository_id, ...facts });
		const sessionIds = [...new Set([row.session_id, ...others])];
		const judged = await judgeReviews({ place, headSha: facts.headSha, sessionIds, reviews });
		await keepReviews(row, reviews, judged);
		const { decision } = judged;
		signal.throwIfAborted();
		await github.publishCheck({
			owner: row.owner,
			name: row.name,
			...decision,
			headSha: facts.headSha,
			checkName: CHECK_NAME,
			externalId: pullRequestId,
		});
		return { outcome: "published", decision };
	};

	/** `judged` null: nobody approves it any more. */
	function keepReviews(row: Row, reviews: Review[], judged: Judged | null): Promise<void> {
		const sessionId = row.session_id;
		return db.transaction().execute(async (tx) => {
			const at = new Date(deps.now());
			await lockSession(tx, sessionId);
			const changed = await saveReviews(tx, row.id, reviews);
			const isIndependent = judged?.decision.conclusion === "success";
			const isTurned = judged !== null && (await saveIndependent(tx, row.id, isIndependent));
			if (changed.length === 0 && !isTurned) return;
			await appendEvents(
				tx,
				sessionId,
				changed.map(({ login, state }) => ({
					type: "pull_request.reviewed" as const,
					data: { pullRequestId: row.id, login, state },
				})),
				at,
			);
			for (const review of changed)
				await recordAudit(tx, toAct(row, { ...review, flaw: judged?.flaws.get(review.login) ?? null }), at);
			await deps.enqueue(tx, showThreadJob, { version: 1, sessionId }, { key: sessionId });
		});
	}
}

/** Who dismissed a review is not told with it, so it is nobody's act. */
function toAct(
	row: Row,
	{
		login,
		personId,
		state,
		flaw,
	}: { login: string; personId: string | null; state: Review["state"]; flaw: Flaw | null },
): Act {
	const isDismissed = state === "dismissed";
	return {
		personId: isDismissed ? null : personId,
		...(isDismissed ? { actor: "github" } : personId === null ? { actor: `github:${login}` } : {}),
		action: isDismissed ? "pull_request.review_dismissed" : "pull_request.reviewed",
		sessionId: row.session_id,
		repositoryId: row.repository_id,
		subject: `${row.owner}/${row.name}#${row.number}`,
		data: { state, reviewer: login, ...(flaw !== null && state === "approved" ? { refused: flaw } : {}) },
	};
}
