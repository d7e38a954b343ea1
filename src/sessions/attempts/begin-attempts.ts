import type { PromptFile } from "../../contract/session.ts";
import type { Db } from "../../db/client.ts";
import type { PromptContext } from "../../db/schema/prompts.ts";
import { AppError } from "../../errors.ts";
import { type Enqueue, showThreadJob } from "../../jobs/queue.ts";
import type { Log } from "../../log.ts";
import { readPrompts } from "../queue/prompt-store.ts";
import { readSession, readThreads } from "../session-store.ts";
import { findGroup, insertAttempt, listAttempts, lockGroup } from "./attempt-store.ts";
import { requestClose } from "./request-close.ts";

/** Begins a session in a thread of its own. The same key twice is the same session. Throws AppError. */
export type BeginThread = (start: {
	key: string;
	teamId: string;
	channelId: string;
	userId: string;
	personId: string;
	text: string;
	files: PromptFile[];
	/** All that was said around the request. */
	context: PromptContext;
	isContextWhole: true;
	note: string;
	repositoryId: string | null;
	baseBranch: string | null;
	model: string | null;
}) => Promise<{ sessionId: string }>;

/**
 * Begins the further attempts at what a session's first prompt asks for, each in a thread of its own. It is known by then
 * which repository is meant. May be done again.
 */
export function createBeginAttempts(deps: {
	db: Db;
	enqueue: Enqueue;
	startThread: BeginThread;
	/** Reads what was said around a prompt and keeps it with it. */
	gatherContext: (promptId: string) => Promise<void>;
	/** A person's account in a Slack workspace; null: none. */
	findUser: (of: { personId: string; teamId: string }) => Promise<string | null>;
	log: Log;
}) {
	const { db } = deps;

	return async function beginAttempts(sessionId: string): Promise<void> {
		const [group, session, [thread]] = await Promise.all([
			findGroup(db, sessionId),
			readSession(db, sessionId),
			readThreads(db, sessionId),
		]);
		const first = await readFirst(sessionId);
		if (!group || !session || !thread || !first || first.author_id === null) return;
		const { teamId, channelId } = thread;
		const personId = first.author_id;
		const userId = await deps.findUser({ personId, teamId });
		if (userId === null) return;
		const begun = new Set((await listAttempts(db, group.id)).map(({ number }) => number));
		for (let number = 2; number <= group.count; number++) {
			if (begun.has(number)) continue;
			if (!(await isWanted(sessionId))) break;
			const key = `attempt:${group.id}:${number}`;
			const { text, files, context } = first;
			const start = { key, teamId, channelId, userId, personId, text, files, context };
			try {
				const started = await deps.startThread({
					...start,
					isContextWhole: true,
					note: `attempt ${number} of ${group.count}`,
					repositoryId: session.repository_id,
					baseBranch: session.wish?.baseBranch ?? null,
					model: group.models[number - 1] ?? session.model,
				});
				await keep({ groupId: group.id, number, sessionId: started.sessionId });
			} catch (error) {
				if (!(error instanceof AppError) || error.retryable) throw error;
				deps.log.warn({ err: error, session: sessionId, number }, "an attempt could not begin");
				break;
			}
		}
		await deps.enqueue(db, showThreadJob, { version: 1, sessionId }, { key: sessionId });
	};

	async function readFirst(sessionId: string) {
		const [first] = await readPrompts(db, sessionId);
		if (first === undefined || !first.context_pending) return first;
		await deps.gatherContext(first.id);
		return (await readPrompts(db, sessionId))[0];
	}

	/** Neither stopped nor decided meanwhile. */
	async function isWanted(sessionId: string): Promise<boolean> {
		const [group, [first]] = await Promise.all([findGroup(db, sessionId), readPrompts(db, sessionId)]);
		if (group === undefined || group.pickedNumber !== null) return false;
		return first?.status !== "cancelled" && first?.status !== "stopped";
	}

	/** One that was begun while another was picked is closed like the rest. */
	async function keep(attempt: { groupId: string; number: number; sessionId: string }): Promise<void> {
		const { sessionId } = attempt;
		await db.transaction().execute(async (tx) => {
			const group = await lockGroup(tx, attempt.groupId);
			await insertAttempt(tx, attempt);
			if (!group?.picked_by) return;
			await requestClose(tx, deps.enqueue, { sessionId, personId: group.picked_by });
		});
	}
}
