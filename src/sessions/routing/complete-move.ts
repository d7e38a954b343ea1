import type { SandboxProvider } from "../../../sandbox/provider.ts";
import type { Tx } from "../../db/client.ts";
import type { SessionMove } from "../../db/schema/sessions.ts";
import { markRepositoryUsed } from "../../images/build-store.ts";
import { buildImageJob, runPromptJob, showThreadJob } from "../../jobs/queue.ts";
import type { Log } from "../../log.ts";
import { recordAudit } from "../../people/audit.ts";
import { appendEvents } from "../log/event-store.ts";
import { notifyAuthor } from "../queue/notify-author.ts";
import {
	finishPrompt,
	readCost,
	readOpenPrompts,
	readPrompt,
	readUnheldPrompts,
} from "../queue/prompt-store.ts";
import { findOfSession, updateSandbox } from "../sandbox/sandbox-store.ts";
import type { SnapshotOutcome } from "../sandbox/snapshot-session.ts";
import { lockSession, readThreads } from "../session-store.ts";
import type { UseCaseDeps } from "../use-case.ts";
import { insertCorrection, readPersonName } from "./correction-store.ts";
import { chooseBranch, setMove, setMoved } from "./move-store.ts";
import { findRepository, readRepository } from "./repository-store.ts";

type Session = Awaited<ReturnType<typeof lockSession>>;

/**
 * Ends what `move-session.ts` began, once the work in the old repository is kept: the session gets its new repository and
 * what is to be done there begins, all or nothing; then its sandbox is let go, for a sandbox belongs to its repository.
 * Called again it does nothing more; while a turn runs it waits for that turn's end, which has it called again.
 */
export function createCompleteMove(
	deps: UseCaseDeps & { sandboxes: Pick<SandboxProvider, "delete">; log: Log },
) {
	return async function completeMove(input: { sessionId: string; kept: SnapshotOutcome }): Promise<void> {
		const { sessionId, kept } = input;
		const sandbox = await deps.db.transaction().execute(async (tx) => {
			const session = await lockSession(tx, sessionId);
			if (session.move === null) return null;
			if ((await readOpenPrompts(tx, sessionId)).some(({ status }) => status === "running")) return null;
			const at = new Date(deps.now());
			const target = await findRepository(tx, session.move.repositoryId);
			if (!target) {
				await giveUp(tx, session, session.move, at);
				return null;
			}
			const left = await findOfSession(tx, sessionId);
			if (left) await updateSandbox(tx, left.id, { state: "deleted", deleted_at: at });
			await move(tx, session, session.move, { target, isKept: kept.outcome !== "failed" || kept.isSafe, at });
			return left ?? null;
		});
		if (sandbox === null) return;
		// One that a crash leaves is deleted at the next start.
		await deps.sandboxes
			.delete(sandbox.name)
			.catch((err) => deps.log.warn({ err, sandbox: sandbox.name }, "a sandbox was left and not deleted"));
	};

	async function move(
		tx: Tx,
		session: Session,
		{ personId, promptId }: SessionMove,
		to: { target: NonNullable<Awaited<ReturnType<typeof findRepository>>>; isKept: boolean; at: Date },
	): Promise<void> {
		const { id: sessionId, repository_id: fromId } = session;
		const { target, isKept, at } = to;
		const left = fromId === null ? undefined : await readRepository(tx, fromId);
		const from =
			fromId === null || !left ? null : { repositoryId: fromId, repository: `${left.owner}/${left.name}` };
		const there = { repositoryId: target.id, repository: `${target.owner}/${target.name}` };
		const name = await readPersonName(tx, personId);
		const reason = from ? `moved here from ${from.repository} by ${name}` : `moved here by ${name}`;
		await setMoved(tx, sessionId, {
			repositoryId: target.id,
			baseBranch: target.default_branch,
			branch: await chooseBranch(tx, session, target.id),
			routing: { how: "picked", reason, confidence: null },
			at,
		});
		const [thread] = await readThreads(tx, sessionId);
		await insertCorrection(tx, {
			...{ id: deps.newId(), sessionId, personId, promptId, at },
			...{ fromRepositoryId: fromId, toRepositoryId: target.id },
			how: session.routing?.how ?? "api",
			thread: thread ?? null,
			isKept,
		});
		const data = { from, to: there, personId, reason, promptId, isKept };
		await appendEvents(tx, sessionId, [{ type: "repository.moved", data }], at);
		await recordAudit(
			tx,
			{
				personId,
				...(personId === null ? { actor: "local" } : {}),
				action: "session.repository_moved",
				...{ sessionId, repositoryId: target.id, subject: there.repository },
				data: { from: from?.repository ?? null },
			},
			at,
		);
		await goOn(tx, sessionId);
		if ((await markRepositoryUsed(tx, { repositoryId: target.id, at })).first) {
			const build = { version: 1 as const, repositoryId: target.id, reason: "first_use" as const };
			await deps.enqueue(tx, buildImageJob, { ...build, atMs: at.getTime() }, { key: target.id });
		}
	}

	/** Gone in that very moment: the person hears it, and nothing of theirs begins where they did not want it. */
	async function giveUp(tx: Tx, session: Session, { promptId }: SessionMove, at: Date): Promise<void> {
		await setMove(tx, session.id, null);
		if (promptId !== null) {
			const problem = {
				code: "repository_not_found",
				message: "The repository to which this was to be moved is not there any more. Choose another one.",
				retryable: true,
			};
			const end = { promptId, status: "failed" as const, problem, costUsd: await readCost(tx, promptId) };
			await finishPrompt(tx, { ...end, answer: null, at });
			const finished = { ...end, durationMs: null };
			await appendEvents(tx, session.id, [{ type: "prompt.finished", data: finished }], at);
			const authorId = (await readPrompt(tx, promptId))?.author_id ?? null;
			await notifyAuthor(tx, deps.enqueue, { id: promptId, sessionId: session.id, authorId }, at);
		}
		await goOn(tx, session.id);
	}

	async function goOn(tx: Tx, sessionId: string): Promise<void> {
		const job = { version: 1 as const, sessionId };
		for (const _ of await readUnheldPrompts(tx, sessionId))
			await deps.enqueue(tx, runPromptJob, job, { key: sessionId });
		await deps.enqueue(tx, showThreadJob, job, { key: sessionId });
	}
}
