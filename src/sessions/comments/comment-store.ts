import { sql } from "kysely";
import type { CommentKind } from "../../contract/session.ts";
import type { Tx } from "../../db/client.ts";
import { toStorableJson } from "../log/storable.ts";

export interface CommentKey {
	repositoryId: string;
	kind: CommentKind;
	githubId: number;
}

/** One at a time for each issue or pull request, to the end of the transaction. */
export async function lockDiscussion(tx: Tx, of: { repositoryId: string; number: number }): Promise<void> {
	const name = `discussion:${of.repositoryId}#${of.number}`;
	await sql`select pg_advisory_xact_lock(hashtextextended(${name}, 0))`.execute(tx);
}

export function findTaken(tx: Tx, of: CommentKey) {
	return tx
		.selectFrom("github_comments")
		.select(["id", "session_id as sessionId", "prompt_id as promptId"])
		.where("repository_id", "=", of.repositoryId)
		.where("kind", "=", of.kind)
		.where("github_id", "=", of.githubId)
		.executeTakeFirst();
}

/** How many comments of a person at one issue or pull request became prompts. */
export async function countTaken(
	tx: Tx,
	of: { repositoryId: string; number: number; personId: string; since: Date },
): Promise<number> {
	const { count } = await tx
		.selectFrom("github_comments")
		.innerJoin("prompts", "prompts.id", "github_comments.prompt_id")
		.select(({ fn }) => fn.countAll<string>().as("count"))
		.where("github_comments.repository_id", "=", of.repositoryId)
		.where("github_comments.number", "=", of.number)
		.where("github_comments.created_at", ">", of.since)
		.where("prompts.author_id", "=", of.personId)
		.executeTakeFirstOrThrow();
	return Number(count);
}

/** The session that worked last on what was asked in an issue or a pull request that is not ours, and works there still. */
export async function findDiscussionSession(
	tx: Tx,
	of: { repositoryId: string; number: number },
): Promise<string | null> {
	const row = await tx
		.selectFrom("github_comments")
		.innerJoin("sessions", "sessions.id", "github_comments.session_id")
		.select("github_comments.session_id")
		.where("github_comments.repository_id", "=", of.repositoryId)
		.where("github_comments.number", "=", of.number)
		.where("sessions.repository_id", "=", of.repositoryId)
		.where("sessions.move", "is", null)
		.orderBy("github_comments.created_at", "desc")
		.limit(1)
		.executeTakeFirst();
	return row?.session_id ?? null;
}

export async function insertTaken(
	tx: Tx,
	row: CommentKey & { id: string; number: number; sessionId: string; promptId: string; at: Date },
): Promise<void> {
	await tx
		.insertInto("github_comments")
		.values({
			id: row.id,
			repository_id: row.repositoryId,
			number: row.number,
			kind: row.kind,
			github_id: row.githubId,
			session_id: row.sessionId,
			prompt_id: row.promptId,
			created_at: row.at,
		})
		.execute();
}

/** A session that begins with a comment: its repository is known, and it has no thread. */
export async function insertCommentSession(
	tx: Tx,
	session: {
		id: string;
		title: string;
		repositoryId: string;
		baseBranch: string;
		branch: string;
		adoptedBranch: string | null;
		reason: string;
		at: Date;
	},
): Promise<void> {
	await tx
		.insertInto("sessions")
		.values({
			id: session.id,
			status: "ready",
			title: session.title,
			repository_id: session.repositoryId,
			base_branch: session.baseBranch,
			branch: session.branch,
			adopted_branch: session.adoptedBranch,
			routing: toStorableJson({ how: "named", reason: session.reason, confidence: null }),
			created_at: session.at,
			updated_at: session.at,
		})
		.execute();
}

/** Whether comments of a repository become prompts without a mention. */
export async function readReviewLoop(tx: Tx, repositoryId: string): Promise<boolean> {
	const row = await tx
		.selectFrom("repository_rules")
		.select("review_loop")
		.where("repository_id", "=", repositoryId)
		.executeTakeFirst();
	return row?.review_loop ?? true;
}

/** GitHub tells of one comment more than once. */
export async function isRefusalNoted(
	tx: Tx,
	of: { repositoryId: string; comment: string },
): Promise<boolean> {
	const row = await tx
		.selectFrom("audit_log")
		.select("id")
		.where("action", "=", "comment.refused")
		.where("repository_id", "=", of.repositoryId)
		.where(sql<boolean>`data ->> 'comment' = ${of.comment}`)
		.executeTakeFirst();
	return row !== undefined;
}

/** A prompt that was asked at GitHub, with all that its answer there needs. */
export function findOwedAnswer(tx: Tx, promptId: string) {
	return tx
		.selectFrom("github_comments as comments")
		.innerJoin("prompts", "prompts.id", "comments.prompt_id")
		.innerJoin("repositories", "repositories.id", "comments.repository_id")
		.select([
			"comments.id",
			"comments.number",
			"comments.kind",
			"comments.github_id",
			"comments.answer as state",
		])
		.select("prompts.attempt")
		.select(["comments.created_at", "comments.session_id", "comments.repository_id"])
		.select(["prompts.status", "prompts.answer", "prompts.problem", "prompts.context", "prompts.origin"])
		.select(["repositories.owner", "repositories.name"])
		.where("comments.prompt_id", "=", promptId)
		.executeTakeFirst();
}

/** Not where the prompt is being tried again by now: what comes of that is owed. */
export async function settleAnswer(
	tx: Tx,
	input: { id: string; attempt: number; state: "posted" | "given_up"; answerId: number | null },
): Promise<void> {
	await tx
		.updateTable("github_comments")
		.set({ answer: input.state, answer_id: input.answerId })
		.where("id", "=", input.id)
		.where("answer", "=", "owed")
		.where((eb) =>
			eb.exists(
				eb
					.selectFrom("prompts")
					.select("id")
					.whereRef("prompts.id", "=", "github_comments.prompt_id")
					.where("attempt", "=", input.attempt)
					.where("finished_at", "is not", null),
			),
		)
		.execute();
}

/** The prompts of a session that were asked at GitHub and cannot be answered there. */
export async function listUnanswerable(tx: Tx, sessionId: string): Promise<Set<string>> {
	const rows = await tx
		.selectFrom("github_comments")
		.select("prompt_id")
		.where("session_id", "=", sessionId)
		.where("answer", "=", "given_up")
		.execute();
	return new Set(rows.map((row) => row.prompt_id));
}

/** A prompt is tried again: if it was asked at GitHub, what comes of it is answered there as well. */
export async function oweAnotherAnswer(tx: Tx, promptId: string): Promise<void> {
	await tx
		.updateTable("github_comments")
		.set({ answer: "owed", answer_id: null })
		.where("prompt_id", "=", promptId)
		.execute();
}

/** The pull requests of a prompt's turn: opened (with a number), or waiting for its author's GitHub account. */
export function findMadeBy(tx: Tx, promptId: string) {
	return tx
		.selectFrom("pull_requests")
		.select(["number", "url", "branch"])
		.where("prompt_id", "=", promptId)
		.where((eb) => eb.or([eb("number", "is not", null), eb("waits_for", "is not", null)]))
		.orderBy("created_at")
		.execute();
}
