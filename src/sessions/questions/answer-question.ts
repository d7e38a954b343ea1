import { showThreadJob } from "../../jobs/queue.ts";
import type { Access } from "../../people/access.ts";
import { appendEvents } from "../log/event-store.ts";
import { callTurn } from "../queue/rest-turn.ts";
import { lockSession, readSession, sessionNotFound } from "../session-store.ts";
import type { Sessions } from "../sessions.ts";
import type { UseCaseDeps } from "../use-case.ts";
import { isAnswerKnown, readOpenQuestions, saveAnswer } from "./question-store.ts";

/** Keeps an answer and tells the run that waits for it; the run hands it to the agent. */
export function createAnswerQuestion(
	deps: UseCaseDeps & { access: Pick<Access, "allowed"> },
): Sessions["answerQuestion"] {
	return async ({ sessionId, questionId, personId, chosen, idempotencyKey }) => {
		const session = await readSession(deps.db, sessionId);
		if (!session) throw sessionNotFound();
		const asked = await findAsked(deps.db);
		if (asked === undefined) return { outcome: await whyNothing() };
		if (!(await mayAnswer(asked.authorId, session.repository_id))) return { outcome: "forbidden" };
		return deps.db.transaction().execute(async (tx) => {
			const locked = await lockSession(tx, sessionId);
			if (await isAnswerKnown(tx, idempotencyKey)) return { outcome: "repeated" };
			const open = await findAsked(tx);
			if (open?.id !== asked.id) return { outcome: "over" };
			const at = new Date(deps.now());
			await saveAnswer(tx, { id: open.id, chosen, personId, idempotencyKey, at });
			const { prompt_id: promptId, agent_id } = open;
			await appendEvents(
				tx,
				sessionId,
				[{ type: "question.answered", data: { promptId, questionId: agent_id, chosen, personId } }],
				at,
			);
			await callTurn(tx, deps.enqueue, locked);
			await deps.enqueue(tx, showThreadJob, { version: 1, sessionId }, { key: sessionId });
			return { outcome: "answered" };
		});

		async function findAsked(tx: typeof deps.db) {
			const open = await readOpenQuestions(tx, sessionId);
			return questionId === null ? open[0] : open.find(({ id }) => id === questionId);
		}

		async function whyNothing(): Promise<"repeated" | "over" | "nothing_asked"> {
			if (await isAnswerKnown(deps.db, idempotencyKey)) return "repeated";
			return questionId === null ? "nothing_asked" : "over";
		}

		/** What is answered steers the work of whoever asked for it. */
		async function mayAnswer(authorId: string | null, repositoryId: string | null): Promise<boolean> {
			if (personId === null || personId === authorId || repositoryId === null) return true;
			const repositoryIds = [repositoryId];
			const allowed = await deps.access.allowed({ personId, repositoryIds, need: "write" });
			return allowed.has(repositoryId);
		}
	};
}
