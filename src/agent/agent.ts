import type { SandboxProvider } from "../../sandbox/provider.ts";
import type { AgentLink, AgentPlace } from "../sessions/ports.ts";

export interface AgentTarget extends AgentPlace {
	provider: SandboxProvider;
	/** For example `claude-sonnet-5-5`. */
	model: string;
	/** Those that turns of the sandbox may be given to; `model` alone where they are left out. */
	models?: readonly string[];
	fastModel: string;
}

export interface AgentConnection extends AgentLink {
	/**
	 * Lets the agent load what it loads at its first turn, before anybody waits for one. Only where the checkout is
	 * there. Costs nothing at the model provider.
	 *
	 * @throws AppError `agent_unreachable`
	 */
	warmUp(): Promise<void>;
	/** Whether the agent answers a question now. Harmless at any time. */
	answers(): Promise<boolean>;
}

/** One kind of coding agent. */
export interface AgentDriver {
	/** Starts the agent's server in the sandbox unless it runs, waits until it answers, and connects. */
	connect(target: AgentTarget, signal: AbortSignal): Promise<AgentConnection>;
}
