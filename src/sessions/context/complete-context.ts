import type { PromptFile, Thread } from "../../contract/session.ts";
import type { Db } from "../../db/client.ts";
import type { PromptContext } from "../../db/schema/prompts.ts";
import { showThreadJob } from "../../jobs/queue.ts";
import { appendEvents } from "../log/event-store.ts";
import type { Mask } from "../ports.ts";
import type { UseCaseDeps } from "../use-case.ts";
import {
	findPending,
	findPromptBefore,
	findSlackUser,
	findThreadOf,
	lockSent,
	replaceSent,
	setContext,
} from "./context-store.ts";
import { toCareEvents } from "./count-masked.ts";
import { maskContext } from "./mask-prompt.ts";

/** What one has to know to find out in Slack what was said around a prompt. */
export interface PendingContext {
	thread: Thread;
	/** Of the prompt. */
	messageTs: string;
	/** Of the prompt before it in this thread; null: it is the first there. */
	sinceTs: string | null;
	/** Of whoever asked, at Slack; null: they are nobody there. */
	userId: string | null;
	text: string;
	/** What is known already. */
	context: PromptContext;
	files: PromptFile[];
}

/** Null: nothing is missing any more. */
export async function findPendingContext(db: Db, promptId: string): Promise<PendingContext | null> {
	const prompt = await findPending(db, promptId);
	if (prompt?.origin.kind !== "slack") return null;
	const { teamId, channelId, messageTs } = prompt.origin;
	const thread = await findThreadOf(db, { sessionId: prompt.session_id, teamId, channelId, messageTs });
	const personId = prompt.author_id;
	const userId = personId === null ? null : await findSlackUser(db, { personId, teamId });
	const { text, context, files } = prompt;
	return {
		thread: thread ?? { teamId, channelId, threadTs: messageTs },
		messageTs,
		sinceTs: await findPromptBefore(db, { sessionId: prompt.session_id, teamId, channelId, messageTs }),
		userId,
		text,
		context,
		files,
	};
}

/** Keeps what was said around a prompt, without secrets. Only the first call counts. */
export function createKeepContext(deps: UseCaseDeps & { mask: Mask }) {
	return async (input: { promptId: string; context: PromptContext; files: PromptFile[] }): Promise<void> => {
		const { promptId, files } = input;
		const { context, masked } = await maskContext(deps.mask, input.context);
		await deps.db.transaction().execute(async (tx) => {
			const before = await lockSent(tx, promptId);
			if (before === undefined || !(await setContext(tx, { promptId, context, files }))) return;
			// What was known at first was masked then.
			const others = before.masked.filter(({ part }) => part !== "context");
			const earlier = before.masked.filter(({ part }) => part === "context");
			await replaceSent(tx, promptId, { masked: [...others, ...earlier, ...masked] });
			const known = new Set(before.files.map(({ id }) => id));
			const events = toCareEvents(promptId, { masked, files: files.filter(({ id }) => !known.has(id)) });
			if (events.length === 0) return;
			const job = { version: 1 as const, sessionId: before.session_id };
			await appendEvents(tx, before.session_id, events, new Date(deps.now()));
			await deps.enqueue(tx, showThreadJob, job, { key: before.session_id });
		});
	};
}
