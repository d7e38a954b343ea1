import type { Generated, JSONColumnType } from "kysely";
import type { Problem } from "../../contract/event.ts";
import type { PromptFile, PromptOrigin, PromptStatus } from "../../contract/session.ts";
import type { CreatedAt, Nullable, NullableJson, NullableTimestamp } from "./columns.ts";

/** Something that was said around a prompt: others' words, to be read as data. */
export interface SaidMessage {
	author: string;
	text: string;
	/** Left out: a member of the workspace. */
	by?: "app" | "outside";
	/** Where, if elsewhere, for example `#alerts`. */
	place?: string;
	/** Somebody took it out again; its text is gone. */
	dropped?: true;
}

/** Secrets that were masked in one part of a prompt: `text`, `context` or `file:<id>`. */
export interface MaskedPart {
	part: string;
	kinds: string[];
}

/** What was said around a prompt when it was written. */
export interface PromptContext {
	channelName?: string;
	channelTopic?: string;
	/** Earlier messages of the thread, oldest first; of a session's thread those since the prompt before. */
	thread?: SaidMessage[];
	/** How many more the thread has, between its first and its last ones. */
	threadLeftOut?: number;
	/** Messages that the prompt forwards or links to. */
	quoted?: SaidMessage[];
	/** Failing checks that it is to mend, with the end of each log. All of it is others' words. */
	checks?: { name: string; reason: string; log: string }[];
	/** Set where it was asked at GitHub. */
	comment?: CommentContext;
}

/** Where at GitHub something was asked. Titles, texts, paths and hunks are others' words. */
export interface CommentContext {
	subject: {
		kind: "issue" | "pull_request";
		number: number;
		title: string;
		body: string;
		/** Of a pull request that is open. */
		head: { branch: string; sha: string } | null;
	};
	/** Somebody's branch that may be pushed to; null: only its own. */
	pushesTo: string | null;
	/** Of each comment at a line. */
	places: { path: string; line: number | null; hunk: string }[];
	/** The comment that began the thread at a line in which the answer goes; null: it goes into the conversation. */
	threadId: number | null;
}

/** How long a turn took to begin, by phase. Times are counted from the prompt's being queued. */
export interface Startup {
	totalMs: number;
	/** Where the sandbox came from. */
	sandbox: "running" | "stopped" | "warm" | "restored" | "image" | "empty";
	steps: { step: string; startMs: number; durationMs: number }[];
}

interface PromptsTable {
	/** What its turn changed as a small diff; null: much, or nothing. */
	snippet: Nullable<string>;
	id: string;
	session_id: string;
	number: number;
	author_id: string | null;
	text: string;
	files: JSONColumnType<PromptFile[], string | undefined>;
	context: JSONColumnType<PromptContext, string | undefined>;
	/** What was said around it is still to be read in Slack. */
	context_pending: Generated<boolean>;
	masked: JSONColumnType<MaskedPart[], string | undefined>;
	origin: JSONColumnType<PromptOrigin>;
	idempotency_key: string;
	status: PromptStatus;
	/** Why it may not run yet: its author must connect a GitHub account, or people decide whether it may cost more. */
	held: Nullable<Held>;
	/** What kind of work it is; null: none that is known. */
	kind: Nullable<string>;
	/** What such work usually cost when its turn began; null: not known. */
	estimate: NullableJson<CostEstimate>;
	attempt: Generated<number>;
	stop_requested_at: NullableTimestamp;
	stop_requested_by: string | null;
	answer: string | null;
	problem: NullableJson<Problem>;
	cost_usd: Generated<number>;
	/** What its turn worked on. */
	repository_id: Nullable<string>;
	startup: NullableJson<Startup>;
	/** Its message was taken for talk, or deleted. */
	withdrawn: Nullable<"talk" | "deleted">;
	/** What its message says since it was edited at work. */
	edited_text: Nullable<string>;
	created_at: CreatedAt;
	started_at: NullableTimestamp;
	finished_at: NullableTimestamp;
}

export type Held = "link" | "budget" | "gone";

/** What work of a kind usually costs: half of it no more than the median, nine of ten no more than p90. */
export interface CostEstimate {
	medianUsd: number;
	p90Usd: number;
}

export interface PromptsSchema {
	prompts: PromptsTable;
}
