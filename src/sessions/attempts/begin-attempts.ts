import type { PromptFile } from "../../contract/session.ts";
import type { Db } from "../../db/client.ts";
import { type Enqueue, showThreadJob } from "../../jobs/queue.ts";
import { readPrompts } from "../queue/prompt-store.ts";
import { readSession, readThreads } from "../session-store.ts";
import { findGroup, insertAttempt, listAttempts } from "./attempt-store.ts";

/** Begins a session in a thread of its own. The same key twice is the same session. Throws AppError. */
export type BeginThread = (start: {
	key: string;
	teamId: string;
	channelId: string;
	userId: string;
	personId: string;
	text: string;
	files: PromptFile[];
	note: string;
	repositoryId: string | null;
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
	/** A person's account in a Slack workspace; null: none. */
	findUser: (of: { personId: string; teamId: string }) => Promise<string | null>;
}) {
	const { db } = deps;
	return async function beginAttempts(sessionId: string): Promise<void> {
		const [group, session, [thread], [first]] = await Promise.all([
			findGroup(db, sessionId),
			readSession(db, sessionId),
			readThreads(db, sessionId),
			readPrompts(db, sessionId),
		]);
		if (!group || !session || !thread || !first || first.author_id === null) return;
		if (group.pickedNumber !== null || first.status === "cancelled") return;
		const { teamId, channelId } = thread;
		const personId = first.author_id;
		const userId = await deps.findUser({ personId, teamId });
		if (userId === null) return;
		const begun = new Set((await listAttempts(db, group.id)).map(({ number }) => number));
		for (let number = 2; number <= group.count; number++) {
			if (begun.has(number)) continue;
			const started = await deps.startThread({
				...{ key: `attempt:${group.id}:${number}`, teamId, channelId, userId, personId },
				...{ text: first.text, files: first.files, note: `attempt ${number} of ${group.count}` },
				repositoryId: session.repository_id,
				model: group.models[number - 1] ?? null,
			});
			await insertAttempt(db, { groupId: group.id, number, sessionId: started.sessionId });
			await deps.enqueue(db, showThreadJob, { version: 1, sessionId }, { key: sessionId });
		}
	};
}
