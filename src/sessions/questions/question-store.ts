import { sql } from "kysely";
import type { AgentEvent } from "../../contract/event.ts";
import type { Tx } from "../../db/client.ts";
import { toStorableJson, toStorableText } from "../log/storable.ts";
import type { QuestionView } from "../session-view.ts";

export type AskedQuestion = Extract<AgentEvent, { type: "question.asked" }>["data"];

/**
 * Keeps a question, once. An answer that a dead agent never got is kept for the same question of its successor.
 *
 * @returns false if it is there already
 */
export async function insertQuestion(
	tx: Tx,
	input: { id: string; sessionId: string; question: AskedQuestion; at: Date },
): Promise<boolean> {
	const { question } = input;
	const text = toStorableText(question.text);
	const earlier = await tx
		.selectFrom("questions")
		.selectAll()
		.where("prompt_id", "=", question.promptId)
		.where("text", "=", text)
		.where("answered_at", "is not", null)
		.where("delivered_at", "is", null)
		.orderBy("answered_at", "desc")
		.executeTakeFirst();
	const row = await tx
		.insertInto("questions")
		.values({
			id: input.id,
			session_id: input.sessionId,
			prompt_id: question.promptId,
			agent_id: question.questionId,
			text,
			options: toStorableJson(question.options),
			multiple: question.multiple,
			asked_at: input.at,
			chosen: earlier ? JSON.stringify(earlier.chosen) : null,
			answered_by: earlier?.answered_by ?? null,
			answer_key: null,
			answered_at: earlier?.answered_at ?? null,
		})
		.onConflict((conflict) => conflict.columns(["prompt_id", "agent_id"]).doNothing())
		.returning("id")
		.executeTakeFirst();
	return row !== undefined;
}

/** Those that wait for an answer, oldest first. */
export function readOpenQuestions(tx: Tx, sessionId: string) {
	return tx
		.selectFrom("questions")
		.innerJoin("prompts", "prompts.id", "questions.prompt_id")
		.selectAll("questions")
		.select("prompts.author_id as authorId")
		.where("questions.session_id", "=", sessionId)
		.where("answered_at", "is", null)
		.where("closed_at", "is", null)
		.orderBy("asked_at")
		.orderBy("agent_id")
		.execute();
}

export async function isAnswerKnown(tx: Tx, idempotencyKey: string): Promise<boolean> {
	const row = await tx
		.selectFrom("questions")
		.select("id")
		.where("answer_key", "=", idempotencyKey)
		.executeTakeFirst();
	return row !== undefined;
}

export async function saveAnswer(
	tx: Tx,
	input: { id: string; chosen: string[]; personId: string | null; idempotencyKey: string | null; at: Date },
): Promise<void> {
	await tx
		.updateTable("questions")
		.set({
			chosen: toStorableJson(input.chosen),
			answered_by: input.personId,
			answer_key: input.idempotencyKey,
			answered_at: input.at,
		})
		.where("id", "=", input.id)
		.execute();
}

/** All answers to what the agent asked in a turn that is still of use to it. */
export async function readAnswers(tx: Tx, promptId: string) {
	const rows = await tx
		.selectFrom("questions")
		.select(["agent_id as questionId", "chosen", "delivered_at"])
		.where("prompt_id", "=", promptId)
		.where("answered_at", "is not", null)
		.where("closed_at", "is", null)
		.execute();
	return rows.map(({ questionId, chosen, delivered_at }) => ({
		questionId,
		chosen: chosen ?? [],
		isDelivered: delivered_at !== null,
	}));
}

export async function markDelivered(
	tx: Tx,
	input: { promptId: string; questionIds: string[]; at: Date },
): Promise<void> {
	if (input.questionIds.length === 0) return;
	await tx
		.updateTable("questions")
		.set({ delivered_at: input.at })
		.where("prompt_id", "=", input.promptId)
		.where("agent_id", "in", input.questionIds)
		.execute();
}

/** Nobody needs to answer any more: one of them, or all of a turn. */
export async function closeQuestions(
	tx: Tx,
	input: { promptId: string; questionId?: string; at: Date },
): Promise<boolean> {
	const rows = await tx
		.updateTable("questions")
		.set({ closed_at: input.at })
		.where("prompt_id", "=", input.promptId)
		.where("answered_at", "is", null)
		.where("closed_at", "is", null)
		.$if(input.questionId !== undefined, (query) => query.where("agent_id", "=", input.questionId ?? ""))
		.returning("id")
		.execute();
	return rows.length > 0;
}

export async function readQuestions(tx: Tx, sessionId: string): Promise<QuestionView[]> {
	const rows = await tx
		.selectFrom("questions")
		.leftJoin("people", "people.id", "questions.answered_by")
		.selectAll("questions")
		.select("people.name as by")
		.where("session_id", "=", sessionId)
		.orderBy("asked_at")
		.orderBy(sql`length(agent_id)`)
		.orderBy("agent_id")
		.execute();
	return rows.map((row) => ({
		id: row.id,
		promptId: row.prompt_id,
		group: `${row.prompt_id}:${row.agent_id.split("#")[0]}`,
		text: row.text,
		options: row.options,
		multiple: row.multiple,
		askedAt: row.asked_at,
		answer: row.answered_at === null ? null : { chosen: row.chosen ?? [], by: row.by },
		isOpen: row.answered_at === null && row.closed_at === null,
	}));
}
