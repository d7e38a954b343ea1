import type { SandboxInfo, SandboxProvider } from "../../sandbox/provider.ts";
import type { AgentEvent, Problem } from "../contract/event.ts";
import type { PromptFile, PromptOrigin } from "../contract/session.ts";

/** Takes secrets out of a text; `kinds` has a plain word for each that was masked. */
export type Mask = (text: string) => Promise<{ text: string; kinds: string[] }>;

/** What a run needs of the place where code runs. */
export type Sandboxes = Pick<
	SandboxProvider,
	| "name"
	| "create"
	| "get"
	| "ensureStarted"
	| "touch"
	| "delete"
	| "exec"
	| "killStrays"
	| "readFile"
	| "writeFile"
>;

export interface TurnPrompt {
	promptId: string;
	text: string;
	/** Who asked for the turn: its commits carry this name and address. */
	author: { name: string; email: string };
	/** Facts about the session for the model, not shown to people: repository, branch, thread, who speaks. */
	context: string;
	/** Small files are passed to the model (images as data), all are at `path` inside the sandbox. */
	files: { name: string; mimeType: string; path: string; dataUrl: string | null }[];
	/**
	 * Its turn was paused by Bobbin. Where an earlier attempt is in the conversation, the agent is told to go on from there
	 * and gets nothing of the prompt again.
	 */
	isContinued?: boolean;
	/** Nothing of it was done here yet, whatever attempt it is: it was begun in another repository. */
	isAnew?: boolean;
}

/** How a turn ended. `answer` is Markdown, the agent's last words; it can be empty. */
export type TurnEnd =
	| { outcome: "done"; answer: string }
	| { outcome: "stopped" }
	| { outcome: "failed"; problem: Problem }
	/** The agent's server went away in mid-turn; connecting again and calling `send` with a new attempt goes on. */
	| { outcome: "interrupted"; problem: Problem };

/** What a run needs of a coding agent. */
export interface AgentLink {
	/** Makes a conversation, or checks that the given one still exists and makes a new one if it does not. */
	openConversation(input: {
		conversationId: string | null;
		title: string;
	}): Promise<{ conversationId: string }>;
	/**
	 * Hands over a prompt once: a second call with the same prompt and attempt is `already_there`. Who knows that it is
	 * the first call says so (`isFirst`): then only the newest messages are looked through.
	 * An attempt above 1 tells the agent that its turn was interrupted and that it should go on.
	 */
	send(input: {
		conversationId: string;
		prompt: TurnPrompt;
		attempt: number;
		isFirst?: boolean;
	}): Promise<{ outcome: "sent" | "already_there" }>;
	/**
	 * Follows the turn of a prompt to its settled end, also one that began before this process did: what happened
	 * meanwhile is recovered. Each event is given once per call; parts are whole again after a recovery.
	 * When `signal` aborts, following ends by throwing its reason; the agent goes on.
	 */
	follow(input: {
		conversationId: string;
		promptId: string;
		attempt: number;
		signal: AbortSignal;
		onEvent: (event: AgentEvent) => void;
	}): Promise<TurnEnd>;
	/**
	 * Hands over what people answered to questions of the running turn. The agent goes on when all that it asked together
	 * is answered; give all answers of the turn each time. Gives the ids of those that it took now.
	 *
	 * @throws AppError `agent_unreachable`
	 */
	answer(input: {
		conversationId: string;
		answers: { questionId: string; chosen: string[] }[];
	}): Promise<{ taken: string[] }>;
	/** Ends the running turn within a second, tool processes included. Harmless when idle. */
	abort(conversationId: string): Promise<void>;
	close(): Promise<void>;
}

/** Where an agent is to work. */
export interface AgentPlace {
	sandbox: SandboxInfo;
	/** Absolute path, inside the sandbox, of the checkout (or of an empty folder when there is no repository). */
	directory: string;
	/** The sandbox's own token for the gateway; the only credential inside. */
	gatewayToken: string;
}

interface LinkTarget extends AgentPlace {
	/** Left out: the default. */
	model?: string;
}

/** Starts the agent in a sandbox unless it runs, and connects to it. The checkout need not be there yet. */
export type ConnectAgent = (target: LinkTarget, signal: AbortSignal) => Promise<AgentLink>;

/** Starts the agent in a sandbox with its checkout, and lets it load what it loads at its first turn. */
export type PrepareAgent = (target: LinkTarget, signal: AbortSignal) => Promise<void>;

/** Shows a turn where people wait for it, from now until `stop` resolves. Best effort. */
export interface Progress {
	follow(sessionId: string, promptId: string): { stop(): Promise<void> };
}

/** The bytes of a file that came with a prompt. */
export type FetchFile = (file: PromptFile, origin: PromptOrigin) => Promise<Uint8Array>;

export interface PullRequestFacts {
	number: number;
	url: string;
	title: string;
	branch: string;
	base: string;
	headSha: string;
	state: "open" | "merged" | "closed";
	draft: boolean;
	additions: number;
	deletions: number;
}

/** A pull request with what became of it. */
export interface PullRequestNow extends PullRequestFacts {
	/** null: it is not merged. */
	mergedAtMs: number | null;
	mergedBy: { githubId: number; login: string } | null;
	closedAtMs: number | null;
	/** Its branch is in another repository. */
	isFork: boolean;
}

export interface NewPullRequest {
	owner: string;
	name: string;
	branch: string;
	base: string;
	title: string;
	body: string;
	draft: boolean;
	/** Of the person in whose name it is opened; null: the App's. */
	personToken: string | null;
}

/**
 * What the domain needs of GitHub. `createPullRequest` throws AppError; `pull_request_exists` when the branch has one,
 * `person_token_refused` when the person's token is void, a retryable one when it is not known whether it worked.
 */
export interface PullRequestHost {
	findPullRequest(input: { owner: string; name: string; branch: string }): Promise<PullRequestFacts | null>;
	createPullRequest(input: NewPullRequest): Promise<PullRequestFacts>;
	readPullRequest(input: { owner: string; name: string; number: number }): Promise<PullRequestFacts>;
}

/** A pull request's text at GitHub. */
export interface PullRequestText {
	readPullRequest(input: { owner: string; name: string; number: number }): Promise<{ body: string }>;
	/** As the App. Safe to repeat. */
	changePullRequestBody(input: { owner: string; name: string; number: number; body: string }): Promise<void>;
}

/** Puts files into a repository, on no branch. Throws AppError. */
export interface PictureHost {
	/** Gives the address of each by its path, for whoever may see the repository. Safe to repeat. */
	putFiles(input: {
		owner: string;
		name: string;
		/** Without `refs/`. */
		ref: string;
		message: string;
		files: { path: string; bytes: Uint8Array }[];
	}): Promise<Map<string, string>>;
}

/** People's tokens for GitHub. Throws AppError, retryable where GitHub cannot be asked. */
export interface PersonTokens {
	get(personId: string): Promise<{ outcome: "token"; token: string } | { outcome: "unlinked" }>;
	/** GitHub did not take it. */
	refused(input: { personId: string; token: string }): Promise<void>;
}
