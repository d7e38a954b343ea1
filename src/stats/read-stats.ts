import type { StatsAnswer } from "../contract/stats.ts";
import type { Db } from "../db/client.ts";
import { readAgentShares } from "./agent-share.ts";
import { readFirstResponse } from "./first-response.ts";
import { readLineSurvival } from "./line-survival.ts";
import { readPeoplePrompting } from "./people-prompting.ts";
import type { Period } from "./period.ts";
import { readPullRequestFates } from "./pull-requests-merged.ts";
import { readRepositoryUsage } from "./repository-usage.ts";
import { readReviewEffort } from "./review-effort.ts";
import { readRevisionEffort } from "./revision-effort.ts";
import { readRoutingAccuracy } from "./routing-accuracy.ts";
import { readSessionFunnel } from "./session-funnel.ts";
import { readTimeToMerge } from "./time-to-merge.ts";
import { readUsage } from "./usage.ts";

/** All figures of a period; each is one query in a file of its own that says what it counts. */
export async function readStats(db: Db, period: Period): Promise<StatsAnswer> {
	const [sessions, pullRequests, timeToMerge, reviews, revisions, lines, routing, repositories, ...use] =
		await Promise.all([
			readSessionFunnel(db, period),
			readPullRequestFates(db, period),
			readTimeToMerge(db, period),
			readReviewEffort(db, period),
			readRevisionEffort(db, period),
			readLineSurvival(db, period),
			readRoutingAccuracy(db, period),
			readAgentShares(db, period),
			readUsage(db, period),
			readPeoplePrompting(db, period),
			readFirstResponse(db, period),
			readRepositoryUsage(db, period),
		]);
	const [usage, prompting, firstResponse, usedRepositories] = use;
	return {
		since: period.since.toISOString(),
		until: period.until.toISOString(),
		sessions,
		pullRequests,
		timeToMerge,
		reviews,
		revisions,
		lines,
		routing,
		repositories,
		usage,
		prompting,
		firstResponse,
		usedRepositories,
	};
}
