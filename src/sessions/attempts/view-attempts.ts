import type { PromptStatus } from "../../contract/session.ts";
import type { Tx } from "../../db/client.ts";
import { findGroup, readResults } from "./attempt-store.ts";

/** One of the sessions that work on the same request. */
export interface AttemptView {
	number: number;
	/** Null: it has not begun. */
	sessionId: string | null;
	/** Null: the usual one. */
	model: string | null;
	status: PromptStatus;
	/** The agent's last message, Markdown. */
	answer: string | null;
	costUsd: number;
	durationMs: number | null;
	files: number;
	additions: number;
	deletions: number;
	pullRequest: { number: number; url: string } | null;
	/** What GitHub's checks say of the pull request's head; null: none are known. */
	checks: "passing" | "failing" | "pending" | null;
}

export interface AttemptsView {
	groupId: string;
	/** Which of them this session is. */
	number: number;
	count: number;
	picked: { number: number; by: string } | null;
	/** All of them, for the thread in which they were asked for; empty for the others. */
	all: AttemptView[];
}

/** Null: the session is no attempt. */
export async function viewAttempts(tx: Tx, sessionId: string): Promise<AttemptsView | null> {
	const group = await findGroup(tx, sessionId);
	if (group === undefined) return null;
	const { id: groupId, number, count, pickedNumber, pickedBy, models } = group;
	const isFirst = group.firstSessionId === sessionId;
	const results = new Map((isFirst ? await readResults(tx, groupId) : []).map((row) => [row.number, row]));
	const numbers = isFirst ? Array.from({ length: count }, (_, index) => index + 1) : [];
	return {
		groupId,
		number,
		count,
		picked: pickedNumber === null ? null : { number: pickedNumber, by: pickedBy ?? "" },
		all: numbers.map((each) => toView(each, models[each - 1] ?? null, results.get(each))),
	};
}

type Result = Awaited<ReturnType<typeof readResults>>[number];

function toView(number: number, model: string | null, row: Result | undefined): AttemptView {
	const url = row?.pull_request_url ?? null;
	return {
		number,
		sessionId: row?.session_id ?? null,
		model: row?.model ?? model,
		status: (row?.status ?? "queued") as PromptStatus,
		answer: row?.answer ?? null,
		costUsd: row?.cost_usd ?? 0,
		durationMs: row?.duration_ms ?? null,
		files: row?.files ?? 0,
		additions: row?.additions ?? 0,
		deletions: row?.deletions ?? 0,
		pullRequest: url === null ? null : { number: row?.pull_request_number ?? 0, url },
		checks: (row?.checks ?? null) as AttemptView["checks"],
	};
}
