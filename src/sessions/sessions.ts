import type { Judgement } from "../budget/meter-judgements.ts";
import type { LoggedEvent } from "../contract/event.ts";
import type { PictureType, PromptFile, PromptOrigin, SessionStatus, Thread } from "../contract/session.ts";
import type { PromptContext, SaidMessage } from "../db/schema/prompts.ts";
import type { Routing, SessionWish } from "../db/schema/sessions.ts";
import type { AttemptWish } from "./attempts/attempt-store.ts";
import type { PickAttempt } from "./attempts/pick-attempt.ts";
import type { PendingContext } from "./context/complete-context.ts";
import type { SessionView } from "./session-view.ts";

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
