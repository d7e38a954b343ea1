import type { Judgement } from "../budget/meter-judgements.ts";
import type { LoggedEvent, Problem } from "../contract/event.ts";
import type {
	PictureType,
	PromptFile,
	PromptOrigin,
	PromptStatus,
	SessionStatus,
	Thread,
} from "../contract/session.ts";
import type { CostEstimate, Held, PromptContext, SaidMessage, Startup } from "../db/schema/prompts.ts";
import type { Routing, SessionWish } from "../db/schema/sessions.ts";
import type { BudgetScope } from "../db/schema/spending.ts";
import type { AttemptWish } from "./attempts/attempt-store.ts";
import type { PickAttempt } from "./attempts/pick-attempt.ts";
import type { AttemptsView } from "./attempts/view-attempts.ts";
import type { PendingContext } from "./context/complete-context.ts";

/** A message that becomes a prompt. */
export interface NewPrompt {
	/** The same key twice is the same prompt, for example `slack:T1:C1:1712.0001`. */
	idempotencyKey: string;
	authorId: string;
	text: string;
	files: PromptFile[];
	context: PromptContext;
	/** More was said around it than `context` has: `keepContext` is still to come. */
	isContextPending?: boolean;
	/** What its door has masked in the text already, as `Mask` says it. */
	maskedKinds?: string[];
	origin: PromptOrigin;
}

/** What goes to the agent with a prompt beside its text. */
export interface SentPrompt {
	promptId: string;
	/** What was said around it is not read yet. */
	isPending: boolean;
	/** Messages by the numbers by which they are dropped. */
	said: SaidMessage[];
	/** How many messages of the thread are not among them. */
	unsaid: number;
	files: { name: string; mimeType: string; sizeBytes: number; leftOut: string | null }[];
	masked: { count: number; kinds: string[] } | null;
}

export interface PersonInput {
	provider: "slack" | "github";
	/** Slack team id; empty for GitHub. */
	tenant: string;
	externalId: string;
	name: string;
	email: string | null;
	kind: "member" | "guest" | "external" | "bot";
	/** Left out: it stays what it was. */
	role?: "member" | "admin";
}

export interface PromptView {
	id: string;
	number: number;
	status: PromptStatus;
	text: string;
	author: { personId: string; name: string } | null;
	origin: PromptOrigin;
	/** Why it may not run yet: its author must connect a GitHub account, or people decide on its budget. */
	held: Held | null;
	/** What such work usually cost when its turn began. */
	estimate?: CostEstimate | null;
	/** What it ran in last, as `owner/name`; null: it did not run, or without one. */
	repository: string | null;
	/** 1 for the next to run; 0 when it is not waiting for its turn. */
	position: number;
	attempt: number;
	answer: string | null;
	/** What its turn changed as a small diff: a path, its hunks, the next path. Null or left out: much, or nothing. */
	snippet?: string | null;
	/** Where people read its answer: at GitHub where it was asked there, unless GitHub does not take it. */
	answerPlace: "thread" | "github";
	problem: Problem | null;
	costUsd: number;
	/** Secrets that were masked in it: how many, and the kinds, each once; null: none. */
	masked: { count: number; kinds: string[] } | null;
	/** Files that the agent does not get. */
	leftOut: { name: string; why: string }[];
	/** How long its turn took to begin; null before that is known. */
	startup: Startup | null;
	/** Its message was taken for talk, or deleted. */
	withdrawn: "talk" | "deleted" | null;
	/** Who asked for its stop; null or left out: nobody, or nobody knows. */
	stoppedBy?: string | null;
	/** What its message says since it was edited at work. */
	editedText: string | null;
	createdAt: Date;
	startedAt: Date | null;
	finishedAt: Date | null;
}

export interface PullRequestView {
	id: string;
	promptId: string | null;
	repository: string;
	number: number;
	url: string;
	title: string;
	branch: string;
	base: string;
	state: "open" | "merged" | "closed";
	additions: number;
	deletions: number;
	draft: boolean;
	/** GitHub login; null: not merged, or nobody knows. */
	mergedBy: string | null;
	/** The last word of each who said yes or no, by their logins. */
	approvedBy: string[];
	changesRequestedBy: string[];
	/** Of the head, Bobbin's own left out; null: none are known. */
	checks: "pending" | "passing" | "failing" | null;
	/** Their names, as their makers chose them. */
	failingChecks: string[];
}

/** A pull request that is not there yet: it waits for somebody, or GitHub refused it after its turn. */
export interface OpeningView {
	id: string;
	promptId: string | null;
	repository: string;
	title: string;
	branch: string;
	base: string;
	/** Who has to connect a GitHub account first. */
	waitsFor: { personId: string; name: string } | null;
	problem: Problem | null;
}

/** What was found out about failing checks of a commit that the session pushed. */
export interface ChecksView {
	pullRequestId: string;
	/** GitHub's. */
	number: number | null;
	headSha: string;
	/** `name` as its maker chose it; `reason` a plain sentence. */
	findings: { name: string; verdict: "caused" | "before" | "flaky" | "unknown"; reason: string }[];
	/** The prompt that mends what the session broke; null: none does. */
	promptId: string | null;
}

/** What the agent asks people in mid-turn. Texts are the agent's own. */
export interface QuestionView {
	id: string;
	promptId: string;
	/** Questions that the agent asks together have the same. */
	group: string;
	text: string;
	options: { label: string; description: string }[];
	multiple: boolean;
	askedAt: Date;
	/** `by` null: nobody could be asked. */
	answer: { chosen: string[]; by: string | null } | null;
	/** It waits for an answer. */
	isOpen: boolean;
}

/** A cap that paused a prompt, and what people said to it. All in USD. */
export interface BudgetStopView {
	id: string;
	promptId: string;
	scope: BudgetScope;
	spentUsd: number;
	capUsd: number;
	/** What "continue" adds to the cap. */
	offerUsd: number;
	/** null: nobody has decided. `by` null: nobody of ours had to. */
	decision: { how: "continued" | "stopped"; by: string | null; raisedUsd: number } | null;
}

/** A picture that the agent made during a turn. */
export interface PictureView {
	id: string;
	promptId: string;
	/** One line of the agent's own words: what it shows. */
	title: string;
	type: PictureType;
}

/** Everything that a screen needs to draw a session, beside its log. */
export interface SessionView {
	id: string;
	status: SessionStatus;
	title: string;
	/** `sizeKib`: at GitHub, with its whole history; null where that is not known. */
	repository: { id: string; fullName: string; sizeKib: number | null } | null;
	routing: Routing | null;
	/** `owner/name` of the repository to which it is on its way; null: nowhere. */
	movingTo: string | null;
	/**
	 * Every time that it was moved, oldest first. `from` null: it had none; `promptId`: what was begun anew; `isKept` false:
	 * what was not pushed there is lost.
	 */
	moves: { from: string | null; to: string; by: string; promptId: string | null; isKept: boolean }[];
	/** Set while `asking`: why, in one plain line, and the best guesses first. */
	askReason: string | null;
	candidates: { repositoryId: string; repository: string }[];
	threads: Thread[];
	prompts: PromptView[];
	pullRequests: PullRequestView[];
	openings: OpeningView[];
	/** By commit, oldest first. */
	checks: ChecksView[];
	/** Set where several sessions work on the same request. */
	attempts: AttemptsView | null;
	/** Caps that paused it, oldest first. */
	budgetStops?: BudgetStopView[];
	/** Oldest first. */
	questions: QuestionView[];
	/** Oldest first. Left out: none. */
	pictures?: PictureView[];
	/** Where uncommitted work was pushed because no snapshot of the sandbox could be taken. */
	savedBranch: string | null;
	/** What people have to know of the checkout, a sentence each. */
	notes: string[];
	lastSeq: number;
}

/** What became of the attempts of a request whose words were changed. */
export interface AttemptsChange {
	/** How many there are, and with which models; `too_late`: they have begun as they were asked for. */
	attempts: "same" | "changed" | "too_late";
	/** Other sessions work on the request as it was at first. */
	othersBegan: boolean;
}

/** The domain as its edges see it: every door of Bobbin (Slack, web, API, agents) calls these and nothing below. */
export interface Sessions {
	/** Finds a person by an identity, or makes one; name and address are brought up to date. */
	rememberPerson(input: PersonInput): Promise<{ personId: string }>;
	findByThread(thread: Thread): Promise<{ sessionId: string; status: SessionStatus } | null>;
	/**
	 * Takes a message of a thread: makes the thread's session if it has none, and queues the prompt, in one
	 * transaction with the jobs that follow from it. Racing calls for one thread make one session. `start` counts only
	 * where a session begins.
	 */
	acceptThreadPrompt(input: {
		thread: Thread;
		prompt: NewPrompt;
		start?: { model?: string | null; wish?: SessionWish; attempts?: AttemptWish };
	}): Promise<{ outcome: "started" | "joined" | "duplicate"; sessionId: string; promptId: string }>;
	/**
	 * Settles the repository (null: none is needed) and lets the queued prompts run. Only the first call counts.
	 * `repository_gone` also where whoever chose it may not read it. `personId` null: Bobbin itself chose.
	 *
	 * @throws AppError `access_unknown` (retryable)
	 */
	chooseRepository(input: {
		sessionId: string;
		personId: string | null;
		repositoryId: string | null;
		routing: Routing;
		/** What the fast model was asked to find it out. */
		judgements?: Judgement[];
	}): Promise<{ outcome: "chosen" | "already_chosen" | "repository_gone" }>;
	/** Notes that the thread must be asked. Nothing happens if the repository is settled meanwhile. */
	askRepository(input: {
		sessionId: string;
		reason: string;
		candidates: { repositoryId: string; repository: string }[];
		/** As with `chooseRepository`. */
		judgements?: Judgement[];
	}): Promise<{ outcome: "asked" | "already_chosen" }>;
	/**
	 * Moves a session to another repository that the person may write: what ran last is begun anew there, what waits goes
	 * along, what was done so far is kept where it was. `chosen`: it had none yet. `repository_gone` also where they may
	 * not read it. `personId` null: whoever sits at this machine. Safe to repeat.
	 *
	 * @throws AppError `access_unknown` (retryable), `session_not_found`
	 */
	moveSession(input: { sessionId: string; personId: string | null; repositoryId: string }): Promise<{
		outcome:
			| "moving"
			| "already_there"
			| "chosen"
			| "already_chosen"
			| "repository_gone"
			| "read_only"
			| "not_linked";
	}>;
	/** Goes on with one of several attempts and closes the others. Throws AppError `no_access`, `access_unknown`. */
	pickAttempt: PickAttempt;
	/** Gives a session another title, as its own are made. `same`: it has that one. Throws AppError `session_not_found`. */
	renameSession(input: {
		sessionId: string;
		personId: string | null;
		title: string;
	}): Promise<{ outcome: "renamed" | "same"; title: string }>;
	/** Aborts the running turn within a second and cancels what is queued; the work so far is kept. */
	stop(input: {
		sessionId: string;
		personId: string | null;
	}): Promise<{ outcome: "stopping" | "nothing_runs"; cancelledPrompts: number }>;
	cancelPrompt(input: {
		promptId: string;
		personId: string | null;
	}): Promise<{ outcome: "cancelled" | "too_late" }>;
	/**
	 * A prompt's message was taken for talk, or deleted. What waits is cancelled; what runs is stopped where it is talk,
	 * and goes on (noted) where its message is gone. `already`: done before. `personId` null: Bobbin itself.
	 */
	withdrawPrompt(input: {
		idempotencyKey: string;
		personId: string | null;
		why: "talk" | "deleted";
	}): Promise<
		| { outcome: "no_prompt" }
		| { outcome: "cancelled" | "stopping" | "goes_on" | "over" | "already"; sessionId: string }
	>;
	/**
	 * A prompt's message was edited. What waits is changed (`changed`), of what runs it is noted (`began`). `attempts`:
	 * how many are to work on it by its new words; left out: one.
	 */
	editPrompt(input: {
		idempotencyKey: string;
		personId: string;
		text: string;
		attempts?: AttemptWish;
	}): Promise<
		| { outcome: "no_prompt" }
		| ({ outcome: "changed" | "began" | "over" | "same"; sessionId: string } & AttemptsChange)
	>;
	/** Holds back what waits of somebody who is not there any more. What runs goes on. */
	holdBack(input: { personId: string }): Promise<{ sessionIds: string[] }>;
	/** Queues a failed or stopped prompt once more. A second click is `already_queued`. */
	retryPrompt(input: {
		promptId: string;
		personId: string | null;
	}): Promise<{ outcome: "queued" | "already_queued" }>;
	/**
	 * Answers what the agent asked; `questionId` null: whatever the session waits for. The same key twice is one answer.
	 * `forbidden`: only who asked for the work, or may change the repository, answers.
	 *
	 * @throws AppError `access_unknown` (retryable)
	 */
	answerQuestion(input: {
		sessionId: string;
		questionId: string | null;
		personId: string | null;
		/** Labels of options, or words of one's own. */
		chosen: string[];
		idempotencyKey: string;
	}): Promise<{ outcome: "answered" | "repeated" | "over" | "nothing_asked" | "forbidden" }>;
	/** What has to be known to read in Slack what was said around a prompt; null: nothing is missing. */
	findPendingContext(promptId: string): Promise<PendingContext | null>;
	/** Keeps what was said around a prompt, and its files with those that were found. Only the first call counts. */
	keepContext(input: { promptId: string; context: PromptContext; files: PromptFile[] }): Promise<void>;
	/**
	 * Takes messages, by their numbers, out of what is sent with a prompt that has not begun or ended without an answer.
	 * `personId` null: whoever sits at this machine.
	 *
	 * @throws AppError `session_not_found`
	 */
	dropContext(input: {
		sessionId: string;
		promptId: string;
		personId: string | null;
		drop: number[];
	}): Promise<{ outcome: "dropped"; messages: number } | { outcome: "too_late" }>;
	/** What goes to the agent with each prompt, in their order. */
	viewSent(sessionId: string): Promise<SentPrompt[]>;
	/** The bytes of one of a session's pictures; null: it has no such picture. */
	readPicture(input: {
		sessionId: string;
		pictureId: string;
	}): Promise<{ type: PictureType; bytes: Uint8Array } | null>;
	/** Throws AppError `session_not_found`. */
	view(sessionId: string): Promise<SessionView>;
	/** Events after `afterSeq`, in order, at most `limit`. */
	readEvents(input: { sessionId: string; afterSeq: number; limit?: number }): Promise<LoggedEvent[]>;
	/**
	 * Calls back for each event of a session, wherever it is written, once and in order: from `afterSeq` on, or from
	 * now on. A screen passes the `lastSeq` of its view, so that nothing falls between. Returns the way to end it.
	 */
	subscribe(
		sessionId: string,
		onEvent: (event: LoggedEvent) => void,
		options?: { afterSeq?: number },
	): () => void;
	/**
	 * What a channel is about where nothing else is said; null: nothing. Only who may write it sets a repository; one that
	 * is gone is nobody's to write.
	 *
	 * @throws AppError `access_unknown` (retryable)
	 */
	setChannelRepository(input: {
		teamId: string;
		channelId: string;
		personId: string;
		repositoryId: string | null;
	}): Promise<{ outcome: "set" | "forbidden" }>;
	/**
	 * Repositories that a person may read whose name, alias or description matches, best first; an empty query gives the
	 * most used. `personId` null: whoever sits at this machine, who sees all of them.
	 *
	 * @throws AppError `access_unknown` (retryable)
	 */
	searchRepositories(input: {
		personId: string | null;
		query: string;
		limit: number;
		/** What they must be allowed to do there; left out: to read it. */
		need?: "read" | "write";
	}): Promise<{ repositoryId: string; repository: string; description: string }[]>;
}
