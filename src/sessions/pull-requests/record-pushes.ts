import { AppError } from "../../errors.ts";
import { describePullRequestJob } from "../../jobs/queue.ts";
import { recordAudit } from "../../people/audit.ts";
import { readPrompt } from "../queue/prompt-store.ts";
import { readSession } from "../session-store.ts";
import type { UseCaseDeps } from "../use-case.ts";
import { findByBranch } from "./pull-request-store.ts";
import { deletePushes, insertPushes, type PushRow } from "./push-store.ts";

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
}

export function createRecordPushes(deps: UseCaseDeps): Pushes {
	const { db } = deps;

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
				const isTaken = ({ branch }: PushRow) => taken.has(branch);
				const refused = rows.filter((row) => !isTaken(row));
				await deletePushes(
					tx,
					refused.map(({ id }) => id),
				);
				const session = await readSession(tx, sessionId);
				if (!session) return;
				const personId = promptId === null ? null : ((await readPrompt(tx, promptId))?.author_id ?? null);
				const repository = `${session.owner}/${session.name}`;
				for (const { branch, beforeSha, sha } of rows.filter(isTaken)) {
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
			}),
	};
}
