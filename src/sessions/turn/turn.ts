import type { LogWriter } from "../log/event-log.ts";
import type { Claim } from "../queue/claim-prompt.ts";
import type { StartupClock } from "./startup-clock.ts";
import type { TurnRight } from "./turn-right.ts";

/** One run of a prompt, from its claim to its end. */
export interface Turn {
	claim: Claim;
	attempt: number;
	writer: LogWriter;
	startup: StartupClock;
	/** What its author may do; is found out beside the start, and nothing is sent before. */
	right: Promise<TurnRight>;
	/** Aborts when a person wants it to stop. */
	stop: AbortSignal;
	/** Aborts when the run must leave without a word: another instance owns the session, or this one goes. */
	leave: AbortSignal;
	/** Either of the two, or its author may not. */
	any: AbortSignal;
	/** What the agent said that its model calls cost. */
	costUsd: number;
}
