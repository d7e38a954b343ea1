import type { SandboxInfo, SandboxProvider } from "../../sandbox/provider.ts";
import type { AgentEvent, Problem } from "../contract/event.ts";

/** Where an agent is to work. */
export interface AgentTarget {
	provider: SandboxProvider;
	sandbox: SandboxInfo;
	/** Absolute path, inside the sandbox, of the checkout (or of an empty folder when there is no repository). */
	directory: string;
	/** The sandbox's own token for the gateway; the only credential inside. */
	gatewayToken: string;
	/** For example `claude-sonnet-5-5`. */
	model: string;
	/** Those that turns of the sandbox may be given to; `model` alone where they are left out. */
	models?: readonly string[];
	fastModel: string;
}

/** Who asked for a turn: the commits of the turn carry this name and address. */
interface TurnAuthor {
	name: string;
	email: string;
}

export interface AgentPrompt {
	promptId: string;
	text: string;
	author: TurnAuthor;
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

export interface AgentConnection {
	/**
	 * Lets the agent load what it loads at its first turn, before anybody waits for one. Only where the checkout is
	 * there. Costs nothing at the model provider.
	 *
	 * @throws AppError `agent_unreachable`
	 */
	warmUp(): Promise<void>;
	/** Whether the agent answers a question now. Harmless at any time. */
	answers(): Promise<boolean>;
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
		prompt: AgentPrompt;
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

/** One kind of coding agent. */
export interface AgentDriver {
	readonly name: string;
	/** Starts the agent's server in the sandbox unless it runs, waits until it answers, and connects. */
	connect(target: AgentTarget, signal: AbortSignal): Promise<AgentConnection>;
}
