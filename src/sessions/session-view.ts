import type { BudgetScope } from "../contract/budget.ts";
import type { Problem } from "../contract/event.ts";
import type { PictureType, PromptOrigin, PromptStatus, SessionStatus, Thread } from "../contract/session.ts";
import type { CostEstimate, Held, Startup } from "../db/schema/prompts.ts";
import type { Routing } from "../db/schema/sessions.ts";
import type { AttemptsView } from "./attempts/view-attempts.ts";

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
	/** One of them did not prompt it and may write there; null: that was not looked at yet. */
	isIndependent: boolean | null;
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
	/** That prompt pushed something. */
	isPushed: boolean;
	/** Found when others of the same commit had their prompt. */
	isLate: boolean;
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
