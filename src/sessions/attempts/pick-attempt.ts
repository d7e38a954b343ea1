import { AppError } from "../../errors.ts";
import { showThreadJob } from "../../jobs/queue.ts";
import type { Access } from "../../people/access.ts";
import { recordAudit } from "../../people/audit.ts";
import { readSession, sessionNotFound } from "../session-store.ts";
import type { UseCaseDeps } from "../use-case.ts";
import { findGroup, listAttempts, lockGroup, setPicked } from "./attempt-store.ts";
import { requestClose } from "./request-close.ts";

export type PickAttempt = (input: {
	/** Of the thread in which the attempts were asked for. */
	sessionId: string;
	number: number;
	personId: string;
}) => Promise<{ outcome: "picked" } | { outcome: "already_picked"; number: number }>;

/**
 * Goes on with one attempt and has the others closed. The first pick counts.
 *
 * @throws AppError `no_access` (who picks must be able to write), `access_unknown` (retryable), `session_not_found`
 */
export function createPickAttempt(deps: UseCaseDeps & { access: Pick<Access, "allowed"> }): PickAttempt {
	return async ({ sessionId, number, personId }) => {
		const session = await readSession(deps.db, sessionId);
		if (!session) throw sessionNotFound();
		const { repository_id: repositoryId } = session;
		if (repositoryId !== null) {
			const question = { personId, repositoryIds: [repositoryId], need: "write" as const };
			if (!(await deps.access.allowed(question)).has(repositoryId))
				throw new AppError("no_access", "Only people who may write to that repository can pick.");
		}
		return deps.db.transaction().execute(async (tx) => {
			const found = await findGroup(tx, sessionId);
			const group = found && (await lockGroup(tx, found.id));
			if (!group) throw sessionNotFound();
			if (group.picked_number !== null) return { outcome: "already_picked", number: group.picked_number };
			const at = new Date(deps.now());
			const attempts = await listAttempts(tx, group.id);
			if (!attempts.some((attempt) => attempt.number === number)) throw sessionNotFound();
			await setPicked(tx, { id: group.id, number, personId, at });
			const act = { personId, action: "attempt.picked", sessionId, repositoryId, data: { number } };
			await recordAudit(tx, act, at);
			for (const attempt of attempts) {
				const { sessionId: id } = attempt;
				if (attempt.number !== number) await requestClose(tx, deps.enqueue, { sessionId: id, personId });
				await deps.enqueue(tx, showThreadJob, { version: 1, sessionId: id }, { key: id });
			}
			return { outcome: "picked" };
		});
	};
}
