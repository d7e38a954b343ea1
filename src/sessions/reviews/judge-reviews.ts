import type { Db } from "../../db/client.ts";
import type { ReadPermission } from "../../people/access.ts";
import {
	type Approver,
	decideIndependentReview,
	type Flaw,
	findApprovals,
	findFlaw,
	type Prompter,
	type Review,
	type ReviewDecision,
} from "./independent-review.ts";
import { findKnownAccounts, readPrompters } from "./review-store.ts";

/** What judging needs of GitHub. Throws AppError. */
export interface JudgeHost {
	readPermission: ReadPermission;
}

interface Place {
	owner: string;
	name: string;
	installationId: number;
}

/** Whether somebody has approved a commit who prompted none of these sessions. `flaws`: of each approval, by login. */
export function createJudgeReviews({ db, github }: { db: Db; github: JudgeHost }) {
	return async function judgeReviews(input: {
		place: Place;
		headSha: string;
		sessionIds: string[];
		reviews: Review[];
	}): Promise<{ decision: ReviewDecision; flaws: Map<string, Flaw | null> }> {
		const { place, headSha, sessionIds, reviews } = input;
		const prompters = await readPrompters(db, sessionIds);
		const approvers = await readApprovers(place, findApprovals(reviews), prompters);
		return {
			decision: decideIndependentReview({ headSha, prompters, approvers }),
			flaws: new Map(approvers.map((approver) => [approver.login, findFlaw(approver, prompters)])),
		};
	};

	async function readApprovers(
		place: Place,
		approvals: Review[],
		prompters: Prompter[],
	): Promise<Approver[]> {
		const known = await findKnownAccounts(
			db,
			approvals.map(({ githubId }) => githubId),
		);
		const prompted = new Set(prompters.flatMap(({ githubIds }) => githubIds));
		return Promise.all(
			approvals.map(async ({ githubId, login, isBot, commitSha }) => ({
				githubId,
				login,
				isBot,
				commitSha,
				isKnown: known.has(githubId),
				// GitHub is asked only of those for whom it matters.
				mayWrite: !isBot && !prompted.has(githubId) && (await mayWrite({ ...place, githubId, login })),
			})),
		);
	}

	async function mayWrite(question: Parameters<ReadPermission>[0]): Promise<boolean> {
		const answer = await github.readPermission(question);
		return answer.outcome === "answered" && ["write", "admin"].includes(answer.permission);
	}
}
