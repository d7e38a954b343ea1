import { sql } from "kysely";
import { findKind } from "../../budget/find-kind.ts";
import type { Problem } from "../../contract/event.ts";
import type { PromptStatus } from "../../contract/session.ts";
import type { Tx } from "../../db/client.ts";
import type { CostEstimate, Held, MaskedPart } from "../../db/schema/prompts.ts";
import { recordAudit } from "../../people/audit.ts";
import { toStorableJson, toStorableText } from "../log/storable.ts";
import type { NewPrompt } from "../sessions.ts";

export function findByKey(tx: Tx, idempotencyKey: string) {
	return tx
		.selectFrom("prompts")
		.select(["id as promptId", "session_id as sessionId"])
		.where("idempotency_key", "=", idempotencyKey)
		.executeTakeFirst();
}

/** Adds a prompt at the end of its session's queue, and notes whose. The session's row must be locked by the caller. */
export async function insertPrompt(
	tx: Tx,
	input: {
		id: string;
		sessionId: string;
		/** `authorId` null: Bobbin itself. */
		prompt: Omit<NewPrompt, "authorId"> & { authorId: string | null };
		masked?: MaskedPart[];
		held: "link" | null;
		/** Left out: the end. */
		number?: number | null;
		at: Date;
	},
): Promise<void> {
	const { prompt } = input;
	const end = sql<number>`(select coalesce(max(number), 0) + 1 from prompts where session_id = ${input.sessionId})`;
	await tx
		.insertInto("prompts")
		.values({
			id: input.id,
			session_id: input.sessionId,
			number: input.number ?? end,
			author_id: prompt.authorId,
			text: toStorableText(prompt.text),
			files: toStorableJson(prompt.files),
			context: toStorableJson(prompt.context),
			context_pending: prompt.isContextPending ?? false,
			masked: toStorableJson(input.masked ?? []),
			origin: toStorableJson(prompt.origin),
			kind: findKind(prompt.text),
			idempotency_key: prompt.idempotencyKey,
			status: "queued",
			held: input.held,
			created_at: input.at,
		})
		.execute();
	const { id: promptId, sessionId, held } = input;
	const data = { promptId, origin: prompt.origin.kind, ...(held === null ? {} : { held }) };
	// What Bobbin asks of itself is no act of whom it asks for.
	const personId = prompt.origin.kind === "bobbin" ? null : prompt.authorId;
	await recordAudit(tx, { personId, action: "prompt.accepted", sessionId, data }, input.at);
}

/** The queued and running prompts of a session, in order, those that are held included. */
export function readOpenPrompts(tx: Tx, sessionId: string) {
	return tx
		.selectFrom("prompts")
		.select([
			"id",
			"number",
			"status",
			"attempt",
			"text",
			"context",
			"context_pending",
			"stop_requested_at",
			"started_at",
		])
		.select(["author_id as authorId", "origin", "held", "repository_id as repositoryId"])
		.where("session_id", "=", sessionId)
		.where("status", "in", ["queued", "running"])
		.orderBy("number")
		.execute();
}

/** The open prompts that need nothing more of anybody to run. */
export async function readUnheldPrompts(tx: Tx, sessionId: string) {
	return (await readOpenPrompts(tx, sessionId)).filter(({ held }) => held === null);
}

export function readPrompt(tx: Tx, promptId: string) {
	return tx
		.selectFrom("prompts")
		.leftJoin("people", "people.id", "prompts.author_id")
		.selectAll("prompts")
		.select(["people.name as author_name", "people.email as author_email"])
		.where("prompts.id", "=", promptId)
		.executeTakeFirst();
}

export function readPrompts(tx: Tx, sessionId: string) {
	return tx
		.selectFrom("prompts")
		.leftJoin("people", "people.id", "prompts.author_id")
		.leftJoin("repositories as worked_on", "worked_on.id", "prompts.repository_id")
		.selectAll("prompts")
		.leftJoin("people as stoppers", "stoppers.id", "prompts.stop_requested_by")
		.select(["people.name as author_name", "stoppers.name as stopped_by"])
		.select(sql<string | null>`worked_on.owner || '/' || worked_on.name`.as("repository_name"))
		.where("session_id", "=", sessionId)
		.orderBy("number")
		.execute();
}

export async function startPrompt(
	tx: Tx,
	input: {
		promptId: string;
		attempt: number;
		repositoryId: string | null;
		/** What such work usually costs; null: not known. */
		estimate: CostEstimate | null;
		/** It goes on with a turn that was paused. */
		isContinued: boolean;
		at: Date;
	},
): Promise<void> {
	const { at, attempt, repositoryId, estimate } = input;
	await tx
		.updateTable("prompts")
		.set({ attempt, status: "running", repository_id: repositoryId, finished_at: null })
		// The time of a turn is that of its work, without its pauses.
		.set({
			started_at: input.isContinued
				? sql<Date>`${at}::timestamptz - coalesce(finished_at - started_at, interval '0')`
				: at,
		})
		.set({ estimate: estimate === null ? null : JSON.stringify(estimate) })
		.where("id", "=", input.promptId)
		.execute();
}

export async function setAttempt(tx: Tx, promptId: string, attempt: number): Promise<void> {
	await tx.updateTable("prompts").set({ attempt }).where("id", "=", promptId).execute();
}

export async function finishPrompt(
	tx: Tx,
	input: {
		promptId: string;
		status: PromptStatus;
		answer: string | null;
		problem: Problem | null;
		costUsd: number;
		at: Date;
	},
): Promise<void> {
	await tx
		.updateTable("prompts")
		.set({
			status: input.status,
			answer: input.answer === null ? null : toStorableText(input.answer),
			problem: input.problem === null ? null : toStorableJson(input.problem),
			cost_usd: input.costUsd,
			finished_at: input.at,
		})
		.where("id", "=", input.promptId)
		.execute();
}

/** Back into the queue, at its old place, with what its message says now; what the earlier run cost stays counted. */
export async function requeuePrompt(tx: Tx, promptId: string): Promise<void> {
	await tx
		.updateTable("prompts")
		.set({
			status: "queued",
			// Whether its author still lacks an account is found out when it begins.
			held: sql<Held | null>`nullif(held, 'link')`,
			text: sql<string>`coalesce(edited_text, text)`,
			edited_text: null,
			withdrawn: null,
			answer: null,
			problem: null,
			startup: null,
			stop_requested_at: null,
			stop_requested_by: null,
			started_at: null,
			finished_at: null,
		})
		.where("id", "=", promptId)
		.execute();
}

/** Out of its turn and back to its place in the queue; it goes on where it was. `finished_at` is when it rested. */
export async function pausePrompt(
	tx: Tx,
	input: { promptId: string; held: "budget" | null; costUsd: number; at: Date },
): Promise<void> {
	await tx
		.updateTable("prompts")
		.set({ status: "queued", held: input.held, cost_usd: input.costUsd, finished_at: input.at })
		.where("id", "=", input.promptId)
		.execute();
}

/** Whether a prompt that waits was paused in the middle of its turn. */
export async function isPausedTurn(tx: Tx, promptId: string): Promise<boolean> {
	const row = await tx
		.selectFrom("prompts")
		.select("id")
		.where("id", "=", promptId)
		.where("status", "=", "queued")
		.where("attempt", ">", 0)
		.where("finished_at", "is not", null)
		.executeTakeFirst();
	return row !== undefined;
}

/** Lets a prompt run that was held for its budget. */
export async function unpausePrompt(tx: Tx, promptId: string): Promise<void> {
	await tx
		.updateTable("prompts")
		.set({ held: null })
		.where("id", "=", promptId)
		.where("held", "=", "budget")
		.execute();
}

export async function requestStop(
	tx: Tx,
	input: { promptId: string; personId: string | null; at: Date },
): Promise<void> {
	await tx
		.updateTable("prompts")
		.set({ stop_requested_at: input.at, stop_requested_by: input.personId })
		.where("id", "=", input.promptId)
		.where("stop_requested_at", "is", null)
		.execute();
}

export async function isStopRequested(tx: Tx, promptId: string): Promise<boolean> {
	const row = await tx
		.selectFrom("prompts")
		.select("stop_requested_at")
		.where("id", "=", promptId)
		.executeTakeFirst();
	return row !== undefined && row.stop_requested_at !== null;
}

/** What the model calls of a prompt cost, all its attempts together. USD. */
export async function readCost(tx: Tx, promptId: string): Promise<number> {
	const row = await tx
		.selectFrom("model_calls")
		.select((eb) => eb.fn.coalesce(eb.fn.sum<number>("cost_usd"), sql<number>`0`).as("cost"))
		.where("prompt_id", "=", promptId)
		.executeTakeFirstOrThrow();
	return row.cost;
}
