import type { Db, Tx } from "../db/client.ts";
import type { Enqueue } from "../jobs/queue.ts";
import { runPromptJob, showThreadJob } from "../jobs/queue.ts";
import type { Access } from "../people/access.ts";
import { recordAudit } from "../people/audit.ts";
import { appendEvents } from "../sessions/log/event-store.ts";
import { readUnheldPrompts, unpausePrompt } from "../sessions/queue/prompt-store.ts";
import { lockSession, readThreads, setStatus } from "../sessions/session-store.ts";
import type { CheckBudget } from "./check-budget.ts";
import { decideStop, listWaiting, readStop } from "./stop-store.ts";
import { findWhoMay } from "./who-may.ts";

export type Continued =
	| { outcome: "continued" | "already_decided"; sessionId: string }
	/** `who` may decide, in words. */
	| { outcome: "not_allowed"; who: string };

export interface ContinueDeps {
	db: Db;
	enqueue: Enqueue;
	access: Pick<Access, "permissionOf">;
	checkBudget: CheckBudget;
	now: () => number;
}

type Stop = NonNullable<Awaited<ReturnType<typeof readStop>>>;

/**
 * Lets a paused session go on: what was offered is added to the cap, and whatever else waited for that cap goes on too.
 * Only the first call counts.
 *
 * @throws AppError `access_unknown` (retryable)
 */
export function createContinueSession(deps: ContinueDeps) {
	const release = createReleaseWaiting(deps);
	return async (input: { stopId: string; personId: string }): Promise<Continued | { outcome: "gone" }> => {
		const { stopId, personId } = input;
		const stop = await readStop(deps.db, stopId);
		if (!stop) return { outcome: "gone" };
		const who = await findWho(deps, stop, personId);
		if (who !== null) return { outcome: "not_allowed", who };
		return deps.db.transaction().execute(async (tx) => {
			const at = new Date(deps.now());
			const { session_id: sessionId, prompt_id: promptId, scope, subject } = stop;
			const cap = { scope, subject };
			for (const id of await listSessions(tx, cap, sessionId)) await lockSession(tx, id);
			const now = await readStop(tx, stopId);
			if (!now || now.decided_at !== null || now.held !== "budget")
				return { outcome: "already_decided", sessionId };
			// Raised meanwhile, or another cap is the one that counts now: that one is asked about next.
			const reached = await deps.checkBudget(tx, { sessionId, promptId });
			const raisedUsd = reached?.scope === scope && reached.subject === subject ? now.offer_usd : 0;
			await decideStop(tx, stopId, { personId, raisedUsd, at });
			await appendEvents(
				tx,
				sessionId,
				[{ type: "budget.raised", data: { promptId, scope, raisedUsd, personId } }],
				at,
			);
			await recordAudit(
				tx,
				{
					personId,
					action: "budget.raised",
					sessionId,
					subject: `${scope} ${subject}`,
					data: { promptId, raisedUsd, capUsd: now.cap_usd + raisedUsd },
				},
				at,
			);
			await release.one(tx, { sessionId, promptId }, at);
			await release.others(tx, cap, personId, at);
			return { outcome: "continued", sessionId };
		});
	};
}

/**
 * Who may let a paused session go on, in words; null: this person may, or nothing waits any more.
 *
 * @throws AppError `access_unknown` (retryable)
 */
export function createWhoMayContinue(deps: Pick<ContinueDeps, "db" | "access">) {
	return async ({ stopId, personId }: { stopId: string; personId: string }): Promise<string | null> => {
		const stop = await readStop(deps.db, stopId);
		return stop ? findWho(deps, stop, personId) : null;
	};
}

async function findWho(
	deps: Pick<ContinueDeps, "db" | "access">,
	stop: Stop,
	personId: string,
): Promise<string | null> {
	const [thread] = await readThreads(deps.db, stop.session_id);
	const cap = { repositoryId: stop.repository_id, teamId: thread?.teamId ?? null };
	return findWhoMay(deps, { ...stop, ...cap }, personId);
}

/** The sessions that wait for a cap, and one more, in the order in which to lock them. */
async function listSessions(
	tx: Tx,
	cap: { scope: Stop["scope"]; subject: string },
	sessionId?: string,
): Promise<string[]> {
	const waiting = (await listWaiting(tx, cap)).map((one) => one.sessionId);
	return [...new Set([...waiting, ...(sessionId === undefined ? [] : [sessionId])])].sort();
}

/** Lets paused sessions go on whose cap is not reached any more. The caller locks the sessions, by `lock` where it has none. */
export function createReleaseWaiting(deps: Omit<ContinueDeps, "access">) {
	async function one(tx: Tx, { sessionId, promptId }: { sessionId: string; promptId: string }, at: Date) {
		const session = await lockSession(tx, sessionId);
		await unpausePrompt(tx, promptId);
		await appendEvents(tx, sessionId, [{ type: "prompt.released", data: { promptId } }], at);
		if (session.status === "ended") await setStatus(tx, sessionId, "ready", at);
		const job = { version: 1 as const, sessionId };
		for (const _ of await readUnheldPrompts(tx, sessionId))
			await deps.enqueue(tx, runPromptJob, job, { key: sessionId });
		await deps.enqueue(tx, showThreadJob, job, { key: sessionId });
	}

	return {
		one,
		async lock(tx: Tx, cap: { scope: Stop["scope"]; subject: string }): Promise<void> {
			for (const id of await listSessions(tx, cap)) await lockSession(tx, id);
		},
		async others(
			tx: Tx,
			cap: { scope: Stop["scope"]; subject: string },
			personId: string | null,
			at: Date,
		): Promise<void> {
			for (const { id, sessionId, promptId } of await listWaiting(tx, cap)) {
				if ((await deps.checkBudget(tx, { sessionId, promptId })) !== null) continue;
				await decideStop(tx, id, { personId, raisedUsd: 0, at });
				await one(tx, { sessionId, promptId }, at);
			}
		},
	};
}
