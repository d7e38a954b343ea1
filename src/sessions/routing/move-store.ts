import type { Tx } from "../../db/client.ts";
import type { Routing, SessionMove } from "../../db/schema/sessions.ts";
import { toBranchName } from "../names.ts";

/** Notes, or with null ends, that a session is on its way to another repository. */
export async function setMove(tx: Tx, sessionId: string, move: SessionMove | null): Promise<void> {
	await tx
		.updateTable("sessions")
		.set({ move: move === null ? null : JSON.stringify(move) })
		.where("id", "=", sessionId)
		.execute();
}

/** Where a session is on its way to; null: nowhere. */
export async function readMove(tx: Tx, sessionId: string): Promise<SessionMove | null> {
	const row = await tx
		.selectFrom("sessions")
		.select("move")
		.where("id", "=", sessionId)
		.executeTakeFirstOrThrow();
	return row.move;
}

/** What is begun anew in another repository: the last prompt of a person's that ran in this one. */
export async function findLastRun(
	tx: Tx,
	{ sessionId, repositoryId }: { sessionId: string; repositoryId: string | null },
): Promise<string | null> {
	const rows = await tx
		.selectFrom("prompts")
		.select(["id", "origin"])
		.where("session_id", "=", sessionId)
		.where("status", "in", ["done", "failed", "stopped"])
		.where("started_at", "is not", null)
		.where((eb) => eb("repository_id", "is not distinct from", repositoryId))
		.orderBy("number", "desc")
		.execute();
	return rows.find(({ origin }) => isMovable(origin))?.id ?? null;
}

/** What was asked at GitHub, or by Bobbin itself, is about a pull request of the repository that it was asked in. */
export function isMovable({ kind }: { kind: string }): boolean {
	return kind === "slack" || kind === "api";
}

/** A session's branch in a repository: no name that it has used in another one, or is done with. */
export async function chooseBranch(
	tx: Tx,
	session: { id: string; title: string },
	repositoryId: string,
): Promise<string> {
	const used = await tx
		.selectFrom("pull_requests")
		.select(["branch", "repository_id", "state"])
		.where("session_id", "=", session.id)
		.execute();
	for (let round = 1; ; round++) {
		const branch = toBranchName(session.id, session.title, round);
		const isTaken = used.some(
			(pull) =>
				pull.branch === branch &&
				(pull.repository_id !== repositoryId || pull.state === "merged" || pull.state === "closed"),
		);
		if (!isTaken) return branch;
	}
}

/** The session's work goes on in another repository: with a checkout, a branch and a conversation of its own. */
export async function setMoved(
	tx: Tx,
	sessionId: string,
	to: { repositoryId: string; baseBranch: string; branch: string; routing: Routing; at: Date },
): Promise<void> {
	await tx
		.updateTable("sessions")
		.set((eb) => ({
			status: "ready" as const,
			repository_id: to.repositoryId,
			base_branch: to.baseBranch,
			branch: to.branch,
			routing: JSON.stringify(to.routing),
			adopted_branch: null,
			conversation_id: null,
			checkout_notes: [],
			move: null,
			epoch: eb("epoch", "+", 1),
			owner_instance: null,
			updated_at: to.at,
		}))
		.where("id", "=", sessionId)
		.execute();
}
