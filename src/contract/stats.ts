import { z } from "zod";
import { routingHow } from "./session.ts";

const count = z.number().int();
/** Between 0 and 1; null where there is nothing that it could be a share of. */
const share = z.number().nullable();
const seconds = z.number().nullable();

/** Sessions that began in the period and had a turn, and how far they came. */
export const sessionFunnel = z.object({ sessions: count, withPullRequest: count, merged: count });

/** Pull requests that were opened in the period, by what they are now. */
export const pullRequestFates = z.object({ opened: count, open: count, merged: count, closed: count });

/** From opened to merged, of pull requests that were merged in the period. */
export const timeToMerge = z.object({ merged: count, medianSeconds: seconds, p90Seconds: seconds });

/** Reviews of people, of pull requests that were merged in the period. */
export const reviewEffort = z.object({
	merged: count,
	reviews: count,
	reviewsEach: z.number().nullable(),
	/** Of those merged: where somebody asked for changes. */
	changesRequestedShare: share,
});

/** Pushes after opening, of pull requests that were merged in the period. */
export const revisionEffort = z.object({
	merged: count,
	revisionsEach: z.number().nullable(),
	/** Of those merged: as they were opened. */
	unrevisedShare: share,
});

/** Lines that the agent wrote for pull requests that were merged in the period, and those of them that were merged. */
export const lineSurvival = z.object({ agentLines: count, survivingLines: count, share });

/** Of what was merged in a repository in the period, by whomever: the lines that agents wrote. */
export const agentShare = z.object({
	repositoryId: z.string(),
	repository: z.string(),
	merged: count,
	addedLines: count,
	agentLines: count,
	share,
});

/** Of sessions that began in the period: how often the first choice of a repository stood. `share` is not moved. */
export const routingAccuracy = z.object({
	/** Without what people chose themselves. */
	routed: count,
	moved: count,
	share,
	/** By how the choice was made, the most used first. */
	rungs: z.array(z.object({ how: routingHow, routed: count, moved: count, share })),
});

/** One step of a period. `at`: its beginning. */
export const usage = z.object({ at: z.iso.datetime(), sessions: count, prompts: count, merged: count });

/** In the last five minutes. */
export const peoplePrompting = z.object({ people: count });

/** From when a prompt could begin to the model's first token; of `prompts` of them it is known. */
export const firstResponse = z.object({ prompts: count, medianSeconds: seconds, p95Seconds: seconds });

/** Sessions that began in the period by what they work on, and those of them that led to a merge. */
export const repositoryUsage = z.object({
	repositoryId: z.string(),
	repository: z.string(),
	sessions: count,
	merged: count,
});

/** `GET /api/stats?days=30`. */
export const statsAnswer = z.object({
	since: z.iso.datetime(),
	until: z.iso.datetime(),
	sessions: sessionFunnel,
	pullRequests: pullRequestFates,
	timeToMerge,
	reviews: reviewEffort,
	revisions: revisionEffort,
	lines: lineSurvival,
	routing: routingAccuracy,
	/** The repository with the most merged lines first. */
	repositories: z.array(agentShare),
	/** By day, or by week where the period is longer than a month. */
	usage: z.array(usage),
	prompting: peoplePrompting,
	firstResponse,
	/** The most used first, at most 100. */
	usedRepositories: z.array(repositoryUsage),
});

/** What is measured of one pull request. */
export const pullRequestMeasures = z.object({
	pullRequestId: z.string(),
	sessionId: z.string(),
	repository: z.string(),
	number: count,
	title: z.string(),
	url: z.string(),
	state: z.enum(["open", "merged", "closed"]),
	openedAt: z.iso.datetime(),
	mergedAt: z.iso.datetime().nullable(),
	secondsToMerge: seconds,
	/** People whose prompts led to it. */
	prompters: count,
	reviews: count,
	revisions: count,
	/** null: it was not merged, or is not counted yet. */
	addedLines: count.nullable(),
	agentLines: count.nullable(),
	survivingLines: count.nullable(),
});

/** `GET /api/stats/pull-requests?days=30`, the newest first, at most 500. */
export const pullRequestMeasuresAnswer = z.object({ pullRequests: z.array(pullRequestMeasures) });

export type SessionFunnel = z.infer<typeof sessionFunnel>;
export type PullRequestFates = z.infer<typeof pullRequestFates>;
export type TimeToMerge = z.infer<typeof timeToMerge>;
export type ReviewEffort = z.infer<typeof reviewEffort>;
export type RevisionEffort = z.infer<typeof revisionEffort>;
export type LineSurvival = z.infer<typeof lineSurvival>;
export type RoutingAccuracy = z.infer<typeof routingAccuracy>;
export type AgentShare = z.infer<typeof agentShare>;
export type Usage = z.infer<typeof usage>;
export type PeoplePrompting = z.infer<typeof peoplePrompting>;
export type FirstResponse = z.infer<typeof firstResponse>;
export type RepositoryUsage = z.infer<typeof repositoryUsage>;
export type StatsAnswer = z.infer<typeof statsAnswer>;
export type PullRequestMeasures = z.infer<typeof pullRequestMeasures>;
