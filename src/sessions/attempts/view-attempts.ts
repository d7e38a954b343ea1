import type { PromptStatus } from "../../contract/session.ts";
import type { Tx } from "../../db/client.ts";
import { readResults } from "./attempt-result-store.ts";
import { findGroup } from "./attempt-store.ts";
import { decideTests, type TestsKnown } from "./decide-tests.ts";

/** One of the sessions that work on the same request. */
export interface AttemptView {
	number: number;
	/** Null: it has not begun. */
	sessionId: string | null;
	/** Null: the usual one. */
	model: string | null;
	/** Of its last prompt. */
	status: PromptStatus;
	/** What it waits for; null: for nobody. */
	waitsFor: "account" | "budget" | "answer" | null;
	/** Why it failed, for people. */
	problem: string | null;
	/** The agent's last message, Markdown. */
	answer: string | null;
	/** Where it is talked about. */
	thread: { channelId: string; threadTs: string } | null;
	costUsd: number;
	durationMs: number | null;
	files: number;
	additions: number;
	deletions: number;
	pullRequest: { number: number; url: string; state: "open" | "merged" | "closed" } | null;
	tests: TestsKnown | null;
}

export interface AttemptsView {
	groupId: string;
	/** Of the thread in which they were asked for. */
	firstSessionId: string;
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
	const { id: groupId, firstSessionId, number, count, pickedNumber, pickedBy, models } = group;
	const isFirst = firstSessionId === sessionId;
	const results = new Map((isFirst ? await readResults(tx, groupId) : []).map((row) => [row.number, row]));
	const first = results.get(1)?.status;
	const isLeft = pickedNumber === null && first !== "cancelled" && first !== "stopped";
	const numbers = isFirst ? Array.from({ length: count }, (_, index) => index + 1) : [];
	return {
		groupId,
		firstSessionId,
		number,
		count,
		picked: pickedNumber === null ? null : { number: pickedNumber, by: pickedBy ?? "" },
		all: numbers.map((each) => {
			const row = results.get(each);
			return row === undefined ? notBegun(each, models[each - 1] ?? null, isLeft) : toView(row);
		}),
	};
}

/** `willBegin` false: it never does. */
function notBegun(number: number, model: string | null, willBegin: boolean): AttemptView {
	const status = willBegin ? "queued" : "cancelled";
	return {
		...{ number, model, status, sessionId: null, waitsFor: null, problem: null, answer: null },
		...{ thread: null, costUsd: 0, durationMs: null, files: 0, additions: 0, deletions: 0 },
		...{ pullRequest: null, tests: null },
	};
}

type Result = Awaited<ReturnType<typeof readResults>>[number];

function toView(row: Result): AttemptView {
	const { number, sessionId, model, problem, answer, costUsd, durationMs, files } = row;
	const { pullRequestNumber, pullRequestUrl, pullRequestState, channelId, threadTs } = row;
	const status = row.status ?? "queued";
	return {
		...{ number, sessionId, model, status, problem, answer, costUsd, durationMs, files },
		waitsFor: toWaitsFor({ ...row, status }),
		thread: channelId === null || threadTs === null ? null : { channelId, threadTs },
		additions: row.additions ?? 0,
		deletions: row.deletions ?? 0,
		pullRequest:
			pullRequestNumber === null || pullRequestUrl === null || pullRequestState === null
				? null
				: { number: pullRequestNumber, url: pullRequestUrl, state: pullRequestState },
		tests: decideTests({ checks: row.checks, commands: row.testCommands, runs: row.runs, answer }),
	};
}

function toWaitsFor({
	status,
	held,
	asks,
}: Pick<Result, "status" | "held" | "asks">): AttemptView["waitsFor"] {
	if (status === "running") return asks ? "answer" : null;
	if (status !== "queued" || held === null) return null;
	return held === "budget" ? "budget" : "account";
}
