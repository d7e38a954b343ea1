import type { SandboxProvider } from "../../../sandbox/provider.ts";
import type { Db } from "../../db/client.ts";
import { AppError } from "../../errors.ts";
import { closeAttemptJob, type Enqueue } from "../../jobs/queue.ts";
import type { Log } from "../../log.ts";
import { dropIntent } from "../pull-requests/opening-store.ts";
import { readOfSession } from "../pull-requests/pull-request-store.ts";
import { readPrompts } from "../queue/prompt-store.ts";
import { findOfSession } from "../sandbox/sandbox-store.ts";
import { stopSandbox } from "../sandbox/stop-idle-sandboxes.ts";
import { lockSession } from "../session-store.ts";
import type { Sessions } from "../sessions.ts";
import { countPrompts } from "./attempt-store.ts";

/** What is not over yet is looked at again after this. */
const AGAIN_MS = 1_000;

/** @throws AppError; what is closed or merged already stays as it is */
export interface CloseHost {
	closePullRequest(input: { owner: string; name: string; number: number }): Promise<void>;
}

/**
 * Ends an attempt that was not picked: its work stops, then its pull requests are closed and its sandbox sleeps. May be
 * done again; an attempt that somebody asked something of after the pick is theirs, and left alone.
 *
 * @throws AppError retryable ones of GitHub's
 */
export function createCloseAttempt(deps: {
	db: Db;
	enqueue: Enqueue;
	github: CloseHost;
	sessions: Pick<Sessions, "stop">;
	sandboxes: Pick<SandboxProvider, "name" | "get" | "stop">;
	log: Log;
}) {
	const { db, enqueue, github, sessions, sandboxes, log } = deps;

	return async (input: {
		sessionId: string;
		personId: string;
		/** How many prompts it had when another was picked. */
		promptCount: number;
	}): Promise<void> => {
		const { sessionId, personId } = input;
		if ((await countPrompts(db, sessionId)) > input.promptCount) return;
		await sessions.stop({ sessionId, personId });
		// A turn that ends may still open what it pushed.
		if ((await isAtWork(sessionId)) || !(await dropIntents(sessionId))) {
			const job = { version: 1 as const, ...input };
			await enqueue(db, closeAttemptJob, job, { key: sessionId, startAfterMs: AGAIN_MS });
			return;
		}
		for (const row of await readOfSession(db, sessionId)) {
			if (row.state === "open" && row.number !== null) await close({ ...row, number: row.number });
		}
		await sleep(sessionId);
	};

	async function isAtWork(sessionId: string): Promise<boolean> {
		return (await readPrompts(db, sessionId)).some(({ status }) => status === "running");
	}

	/** False: GitHub may be asked to open one in this moment. */
	async function dropIntents(sessionId: string): Promise<boolean> {
		const intents = (await readOfSession(db, sessionId)).filter(({ state }) => state === "intended");
		const dropped = await Promise.all(intents.map(({ id }) => dropIntent(db, id)));
		return dropped.every(Boolean);
	}

	async function close(at: { owner: string; name: string; number: number }): Promise<void> {
		const { owner, name, number } = at;
		try {
			await github.closePullRequest({ owner, name, number });
		} catch (error) {
			// Where GitHub says no for good it stays open, and its card says so.
			if (!(error instanceof AppError) || error.retryable) throw error;
			log.warn({ err: error, repository: `${owner}/${name}`, number }, "a pull request was not closed");
		}
	}

	async function sleep(sessionId: string): Promise<void> {
		await db.transaction().execute(async (tx) => {
			await lockSession(tx, sessionId);
			const sandbox = await findOfSession(tx, sessionId);
			const open = (await readPrompts(tx, sessionId)).some(({ finished_at }) => finished_at === null);
			if (sandbox?.provider === sandboxes.name && !open)
				await stopSandbox({ sandboxes, enqueue }, tx, { sandbox, sessionId });
		});
	}
}
