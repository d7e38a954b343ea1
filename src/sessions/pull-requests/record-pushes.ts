import type { Tx } from "../../db/client.ts";
import { AppError } from "../../errors.ts";
import { describePullRequestJob } from "../../jobs/queue.ts";
import { recordAudit } from "../../people/audit.ts";
import { readPrompt } from "../queue/prompt-store.ts";
import { lockSession, readSession } from "../session-store.ts";
import type { UseCaseDeps } from "../use-case.ts";
import { findByBranch } from "./pull-request-store.ts";
import { deletePushes, insertPushes, isPushNoted, type PushRow, readUnheardPushes } from "./push-store.ts";

/** Updates of branches that are on their way to GitHub. */
interface SentPush {
	sessionId: string;
	promptId: string | null;
	rows: PushRow[];
}

export interface Pushes {
	/**
	 * Before GitHub gets them. What may be there must be known for ours whatever happens then, and GitHub may tell of it
	 * before its answer is read.
	 */
	sent(push: {
		sessionId: string;
		promptId: string | null;
		refs: { branch: string; beforeSha: string | null; sha: string }[];
	}): Promise<SentPush>;
	/** What GitHub said: those that it did not take are forgotten, those that it took are noted as done. */
	answered(push: SentPush, taken: ReadonlySet<string>): Promise<void>;
	/**
	 * After a turn: what was sent and never heard of, because the process died or GitHub's answer was lost, is noted where
	 * GitHub has it. @throws AppError where GitHub cannot be asked
	 */
	settle(sessionId: string): Promise<void>;
}

/** What was noted is deleted from the audit log some day and must not be taken for unheard then. */
const UNHEARD_FOR_MS = 24 * 60 * 60 * 1000;

export function createRecordPushes(
	deps: UseCaseDeps & {
		/** null: there is no such branch. */
		readBranchHead(input: { owner: string; name: string; branch: string }): Promise<string | null>;
	},
): Pushes {
	const { db } = deps;

	/** The session's row must be locked by the caller. */
	async function note(tx: Tx, sessionId: string, promptId: string | null, rows: PushRow[]): Promise<void> {
		const session = await readSession(tx, sessionId);
		if (!session) return;
		const personId = promptId === null ? null : ((await readPrompt(tx, promptId))?.author_id ?? null);
		const repository = `${session.owner}/${session.name}`;
		for (const { branch, beforeSha, sha } of rows) {
			const act = {
				...{ personId, action: "commits.pushed", sessionId, repositoryId: session.repository_id },
				...{ subject: `${repository}@${branch}`, data: { branch, before: beforeSha, sha } },
			};
			await recordAudit(tx, act, new Date(deps.now()));
			const pull = await findByBranch(tx, sessionId, branch);
			// Its commits may have another author now.
			if (pull?.state === "open")
				await deps.enqueue(
					tx,
					describePullRequestJob,
					{ version: 1, pullRequestId: pull.id },
					{ key: pull.id },
				);
		}
	}

	return {
		async sent({ sessionId, promptId, refs }) {
			const repositoryId = (await readSession(db, sessionId))?.repository_id ?? null;
			if (repositoryId === null) throw new AppError("no_repository", "This session has no repository.");
			const rows = refs.map((ref) => ({ ...ref, id: deps.newId() }));
			const at = new Date(deps.now());
			await insertPushes(db, { sessionId, promptId, repositoryId, at }, rows);
			return { sessionId, promptId, rows };
		},

		answered: ({ sessionId, promptId, rows }, taken) =>
			db.transaction().execute(async (tx) => {
				await lockSession(tx, sessionId);
				const isTaken = ({ branch }: PushRow) => taken.has(branch);
				const refused = rows.filter((row) => !isTaken(row));
				await deletePushes(
					tx,
					refused.map(({ id }) => id),
				);
				await note(tx, sessionId, promptId, rows.filter(isTaken));
			}),

		async settle(sessionId) {
			const session = await readSession(db, sessionId);
			if (!session?.owner || !session.name) return;
			const { owner, name } = session;
			const since = new Date(deps.now() - UNHEARD_FOR_MS);
			for (const row of await readUnheardPushes(db, { sessionId, since })) {
				const { branch, sha, promptId } = row;
				if ((await deps.readBranchHead({ owner, name, branch })) !== sha) continue;
				await db.transaction().execute(async (tx) => {
					await lockSession(tx, sessionId);
					// Its answer may have come meanwhile.
					if (!(await isPushNoted(tx, { sessionId, branch, sha })))
						await note(tx, sessionId, promptId, [row]);
				});
			}
		},
	};
}
