import { randomBytes } from "node:crypto";
import type { Log } from "../../log.ts";
import type { Manifest } from "./manifest.ts";
import type { AgentSession, Bot, Message, Reaction, Refusal, SuggestedPrompts, View } from "./model.ts";
import type { Store } from "./store.ts";

/** The identifiers of the app under test; they are the same in every playground. */
export const APP = {
	id: "A0BOBBIN01",
	teamId: "T0ACME0001",
	botUserId: "U0BOBBIN01",
	botId: "B0BOBBIN01",
	/** Slack's old verification token, still in every payload. */
	verificationToken: "playground-verification-token",
} as const;

/** What the page is told as it happens. `to` limits a notice to one human. */
export type Notice =
	| { type: "message" | "message_changed"; channel: string; message: Message }
	| { type: "message_deleted"; channel: string; ts: string; thread_ts: string | null }
	| { type: "reaction"; channel: string; ts: string; reactions: Reaction[] }
	| { type: "ephemeral"; to: string; channel: string; message: Message }
	| { type: "ephemeral_deleted"; to: string; channel: string; ts: string }
	| { type: "view_opened" | "view_updated" | "home_published"; to: string; view: View }
	| { type: "view_closed"; to: string; view_id: string }
	| { type: "agent_status"; channel: string; session: AgentSession }
	| { type: "suggested_prompts"; channel: string; suggested: SuggestedPrompts }
	| { type: "channel_changed"; channel: string }
	| { type: "refused"; refusal: Refusal };

/** What every part of the playground Slack works with. */
export interface World {
	store: Store;
	manifest: Manifest;
	/** Where the playground is reached, without a slash at the end: `http://127.0.0.1:3000/playground/slack`. */
	url: string;
	log: Log;
	/** Milliseconds since the epoch. */
	now: () => number;
	/** A message timestamp, later than every other one. */
	newTs: () => string;
	notify: (notice: Notice) => void;
	refuse: (refusal: Omit<Refusal, "id" | "at">) => void;
	/** Keeps an event for delivery; call it inside the transaction that caused it. */
	enqueue: (
		bot: Bot,
		eventTeamId: string,
		event: Record<string, unknown>,
		options: { external: boolean },
	) => void;
	triggers: Triggers;
}

/** Permissions to open a view, each good once and for three seconds. */
export interface Triggers {
	issue(userId: string): string;
	/** @throws Refused when it is unknown, used or old */
	redeem(triggerId: string): string;
}

/** `prefix` and ten letters or digits, as Slack's identifiers look. */
export function newSlackId(prefix: string): string {
	const letters = BigInt(`0x${randomBytes(8).toString("hex")}`)
		.toString(36)
		.toUpperCase();
	return prefix + letters.padStart(10, "0").slice(-10);
}

/** Creates the clock that gives messages their timestamps: seconds and microseconds, never the same twice. */
export function createTs(now: () => number, latest: string): () => string {
	let last = BigInt(latest.replace(".", ""));
	return () => {
		const micros = BigInt(Math.floor(now() * 1000));
		last = micros > last ? micros : last + 1n;
		const digits = last.toString().padStart(16, "0");
		return `${digits.slice(0, -6)}.${digits.slice(-6)}`;
	};
}
