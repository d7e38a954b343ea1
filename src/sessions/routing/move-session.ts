import { runPromptJob, showThreadJob, snapshotSessionJob } from "../../jobs/queue.ts";
import type { Access } from "../../people/access.ts";
import { appendEvents } from "../log/event-store.ts";
import { readOpenPrompts, readUnheldPrompts, requestStop, requeuePrompt } from "../queue/prompt-store.ts";
import { callTurn } from "../queue/rest-turn.ts";
import { lockSession } from "../session-store.ts";
import type { Sessions } from "../sessions.ts";
import type { UseCaseDeps } from "../use-case.ts";
import { readPersonName } from "./correction-store.ts";
import { findLastRun, isMovable, setMove } from "./move-store.ts";
import { findRepository } from "./repository-store.ts";

type Refusal = "repository_gone" | "read_only" | "not_linked";

/**
 * Sends a session on its way to another repository: its turn is stopped, and from here on nothing begins in the old one.
 * What ran last is begun anew there, what waits goes along; `complete-move.ts` does the rest once the work so far is kept.
 */
export function createMoveSession(
	deps: UseCaseDeps & {
		access: Pick<Access, "permissionOf">;
		chooseRepository: Sessions["chooseRepository"];
	},
): Sessions["moveSession"] {
	return async ({ sessionId, personId, repositoryId }) => {
		const refusal = personId === null ? null : await findRefusal(personId, repositoryId);
		if (refusal !== null) return { outcome: refusal };
		const begun = await begin({ sessionId, personId, repositoryId });
		if (begun.outcome !== "unsettled") return begun;
		const reason = `picked by ${begun.name}`;
		return deps.chooseRepository({
			...{ sessionId, personId, repositoryId },
			routing: { how: "picked", reason, confidence: null },
		});
	};

	/** A repository that they may not read is not told from one that is not there. */
	async function findRefusal(personId: string, repositoryId: string): Promise<Refusal | null> {
		if (!(await findRepository(deps.db, repositoryId))) return "repository_gone";
		const permission = await deps.access.permissionOf({ personId, repositoryId });
		switch (permission) {
			case "admin":
			case "write":
				return null;
			case "read":
				return "read_only";
			case "none":
				return "repository_gone";
			case "unlinked":
				return "not_linked";
			default:
				return permission satisfies never;
		}
	}

	function begin({ sessionId, personId, repositoryId }: Parameters<Sessions["moveSession"]>[0]) {
		return deps.db.transaction().execute(async (tx) => {
			const at = new Date(deps.now());
			const session = await lockSession(tx, sessionId);
			const name = await readPersonName(tx, personId);
			if (session.status === "routing" || session.status === "asking")
				return { outcome: "unsettled" as const, name };
			const job = { version: 1 as const, sessionId };
			if (session.move?.repositoryId === repositoryId) return { outcome: "moving" as const };
			if (session.repository_id === repositoryId) {
				if (session.move === null) return { outcome: "already_there" as const };
				// They thought better of it: what waits goes on where it was.
				await setMove(tx, sessionId, null);
				for (const _ of await readUnheldPrompts(tx, sessionId))
					await deps.enqueue(tx, runPromptJob, job, { key: sessionId });
				await deps.enqueue(tx, showThreadJob, job, { key: sessionId });
				return { outcome: "already_there" as const };
			}
			if (!(await findRepository(tx, repositoryId))) return { outcome: "repository_gone" as const };
			if (session.move !== null) {
				await setMove(tx, sessionId, { ...session.move, repositoryId, personId });
				await deps.enqueue(tx, showThreadJob, job, { key: sessionId });
				return { outcome: "moving" as const };
			}
			const open = await readOpenPrompts(tx, sessionId);
			const running = open.find(({ status }) => status === "running");
			// It begins anew there when people let it go on.
			const paused = open.find(({ held, attempt }) => held === "budget" && attempt > 0);
			if (running) {
				await requestStop(tx, { promptId: running.id, personId, at });
				await callTurn(tx, deps.enqueue, session);
				const promptId = isMovable(running.origin) ? running.id : null;
				await setMove(tx, sessionId, { repositoryId, personId, promptId });
			} else {
				const promptId =
					paused?.id ?? (await findLastRun(tx, { sessionId, repositoryId: session.repository_id }));
				if (promptId !== null && !paused) {
					await requeuePrompt(tx, promptId);
					await appendEvents(tx, sessionId, [{ type: "prompt.queued", data: { promptId, position: 1 } }], at);
				}
				await setMove(tx, sessionId, { repositoryId, personId, promptId });
				await deps.enqueue(tx, snapshotSessionJob, { ...job, reason: "move" }, { key: sessionId });
			}
			await deps.enqueue(tx, showThreadJob, job, { key: sessionId });
			return { outcome: "moving" as const };
		});
	}
}
