import { z } from "zod";
import { buildReason } from "../contract/image.ts";
import { commentKind } from "../contract/session.ts";
import type { Tx } from "../db/client.ts";

/**
 * A kind of durable job. Jobs of one key run one after the other, in order; different keys run side by side.
 * The payload carries a version, so that a job queued by an older release is still understood.
 */
export interface JobKind<Payload extends object> {
	name: string;
	schema: z.ZodType<Payload>;
	/** How many keys one instance works on at a time. */
	concurrency: number;
	/** First pause after a failed attempt; it doubles up to a minute. 0: at once. */
	retryDelaySeconds: number;
}

/** Queues a job inside the caller's transaction: it exists exactly if the transaction commits. */
export type Enqueue = <Payload extends object>(
	tx: Tx,
	kind: JobKind<Payload>,
	payload: Payload,
	options: {
		key: string;
		startAfterMs?: number;
		/** It is not queued where another job of its key, which does the same, begins by then. */
		unlessWaiting?: true;
	},
) => Promise<void>;

const ofSession = z.object({ version: z.literal(1), sessionId: z.uuid() });

type OfSession = z.infer<typeof ofSession>;

const buildImage = z.object({
	version: z.literal(1),
	repositoryId: z.uuid(),
	reason: buildReason,
	/** When it was wanted, in ms since 1970. */
	atMs: z.number(),
});

type BuildImage = z.infer<typeof buildImage>;

const promptEnd = z.object({
	version: z.literal(1),
	sessionId: z.uuid(),
	promptId: z.uuid(),
	/** When it ended, in ms since 1970. */
	atMs: z.number(),
});

type PromptEnd = z.infer<typeof promptEnd>;

const tellChannel = z.object({
	version: z.literal(1),
	teamId: z.string(),
	channelId: z.string(),
	/** In this thread; left out: in none. */
	threadTs: z.string().optional(),
	/** Plain text. */
	text: z.string(),
	/** Output of a program, shown as it is. */
	quote: z.string().nullable(),
	/** The same line has the same id: it is said once. */
	deliveryId: z.string(),
	atMs: z.number(),
});

type TellChannel = z.infer<typeof tellChannel>;

/** Finds out which repository a session is about. Key: session. */
export const routeSessionJob: JobKind<OfSession> = {
	name: "route-session",
	schema: ofSession,
	concurrency: 8,
	retryDelaySeconds: 1,
};

/** Runs the next open prompt of a session; there is one job for each prompt. Key: session. */
export const runPromptJob: JobKind<OfSession> = {
	name: "run-prompt",
	schema: ofSession,
	concurrency: 32,
	retryDelaySeconds: 0,
};

const snapshotSession = z.object({
	version: z.literal(1),
	sessionId: z.uuid(),
	/** A turn ended; its sandbox was stopped; its sandbox is to be deleted; it moves to another repository. */
	reason: z.enum(["turn", "stop", "delete", "move"]),
});

export type SnapshotSession = z.infer<typeof snapshotSession>;

/** Keeps a session's sandbox as a snapshot, if it holds anything new. Key: session. */
export const snapshotSessionJob: JobKind<SnapshotSession> = {
	name: "snapshot-session",
	schema: snapshotSession,
	concurrency: 4,
	retryDelaySeconds: 1,
};

const toPersonInSession = z.object({ version: z.literal(1), sessionId: z.uuid(), personId: z.uuid() });

type ToPersonInSession = z.infer<typeof toPersonInSession>;

/** Begins the further attempts at what a session's first prompt asks for. Key: session. */
export const beginAttemptsJob: JobKind<OfSession> = {
	name: "begin-attempts",
	schema: ofSession,
	concurrency: 4,
	retryDelaySeconds: 1,
};

const closeAttempt = toPersonInSession.extend({
	/** How many prompts it had at the pick. A job of an older release does not tell: the one that it began with. */
	promptCount: z.number().int().default(1),
});

type CloseAttempt = z.infer<typeof closeAttempt>;

/** Ends an attempt that was not picked; the person picked another. Key: session. */
export const closeAttemptJob: JobKind<CloseAttempt> = {
	name: "close-attempt",
	schema: closeAttempt,
	concurrency: 4,
	retryDelaySeconds: 2,
};

/** Asks a person, privately in a session's thread, to connect a GitHub account. Key: person. */
export const askToLinkJob: JobKind<ToPersonInSession> = {
	name: "ask-to-link",
	schema: toPersonInSession,
	concurrency: 4,
	retryDelaySeconds: 1,
};

/** Tells a person, privately in a session's thread, that their GitHub account is connected and work goes on. Key: person. */
export const tellLinkedJob: JobKind<ToPersonInSession> = {
	name: "tell-linked",
	schema: toPersonInSession,
	concurrency: 4,
	retryDelaySeconds: 1,
};

/** Tells a prompt's author by a direct message that it is over. Key: prompt. */
export const notifyAuthorJob: JobKind<PromptEnd> = {
	name: "notify-author",
	schema: promptEnd,
	concurrency: 4,
	retryDelaySeconds: 1,
};

/** Makes a session's threads show what its log says. Key: session. */
export const showThreadJob: JobKind<OfSession> = {
	name: "show-thread",
	schema: ofSession,
	concurrency: 8,
	retryDelaySeconds: 1,
};

/** Builds an image of a repository, if one is due. Key: repository. */
export const buildImageJob: JobKind<BuildImage> = {
	name: "build-image",
	schema: buildImage,
	concurrency: 2,
	retryDelaySeconds: 1,
};

const ofPullRequest = z.object({ version: z.literal(1), pullRequestId: z.uuid() });

type OfPullRequest = z.infer<typeof ofPullRequest>;

/**
 * Says at GitHub whether somebody who did not prompt has approved a pull request of ours: after each review, each new
 * head, each new person who prompts. Key: pull request.
 */
export const checkReviewJob: JobKind<OfPullRequest> = {
	name: "check-review",
	schema: ofPullRequest,
	concurrency: 4,
	retryDelaySeconds: 1,
};

/** Carries on the opening of a pull request that waited, or that GitHub did not take at once. Key: pull request. */
export const openPullRequestJob: JobKind<OfPullRequest> = {
	name: "open-pull-request",
	schema: ofPullRequest,
	concurrency: 4,
	retryDelaySeconds: 2,
};

/** Brings Bobbin's part of a pull request's text up to date: who prompted, who wrote its commits. Key: pull request. */
export const describePullRequestJob: JobKind<OfPullRequest> = {
	name: "describe-pull-request",
	schema: ofPullRequest,
	concurrency: 2,
	retryDelaySeconds: 2,
};

/** Looks at the failing checks of a pull request's head, and has mended what we broke. Key: pull request. */
export const judgeChecksJob: JobKind<OfPullRequest> = {
	name: "judge-checks",
	schema: ofPullRequest,
	concurrency: 4,
	retryDelaySeconds: 1,
};

const answerComment = z.discriminatedUnion("what", [
	z.object({ version: z.literal(1), what: z.literal("prompt"), promptId: z.uuid() }),
	/** It was not taken, and its author hears why. */
	z.object({
		version: z.literal(1),
		what: z.literal("decline"),
		repositoryId: z.uuid(),
		number: z.number().int(),
		kind: commentKind,
		commentId: z.number().int(),
		why: z.enum(["fork", "protected"]),
	}),
]);

type AnswerComment = z.infer<typeof answerComment>;

/** Answers at GitHub what was asked there, once. Key: the prompt, or the comment. */
export const answerCommentJob: JobKind<AnswerComment> = {
	name: "answer-comment",
	schema: answerComment,
	concurrency: 4,
	retryDelaySeconds: 1,
};

const measureMerge = z.object({
	version: z.literal(1),
	repositoryId: z.uuid(),
	/** GitHub's. */
	number: z.number().int(),
});

type MeasureMerge = z.infer<typeof measureMerge>;

/** Counts the lines of a pull request that was merged, ours or anybody's. Key: `<repository>#<number>`. */
export const measureMergeJob: JobKind<MeasureMerge> = {
	name: "measure-merge",
	schema: measureMerge,
	concurrency: 2,
	retryDelaySeconds: 5,
};

/** Says a line in a channel, once. Key: channel. */
export const tellChannelJob: JobKind<TellChannel> = {
	name: "tell-channel",
	schema: tellChannel,
	concurrency: 2,
	retryDelaySeconds: 1,
};
