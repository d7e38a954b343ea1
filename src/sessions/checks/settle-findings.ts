import type { PromptContext } from "../../db/schema/prompts.ts";
import { runPromptJob, showThreadJob } from "../../jobs/queue.ts";
import { recordAudit } from "../../people/audit.ts";
import { readRepositoryRules } from "../../people/repository-rules.ts";
import { appendEvents } from "../log/event-store.ts";
import { findWithRepository } from "../pull-requests/pull-request-store.ts";
import { findByKey, insertPrompt, readUnheldPrompts } from "../queue/prompt-store.ts";
import { lockSession, setStatus } from "../session-store.ts";
import { toCheckPrompt } from "../turn/check-prompt.ts";
import type { UseCaseDeps } from "../use-case.ts";
import { countFixes, type findPush, insertFindings, listFindings, toFixKey } from "./check-finding-store.ts";
import { decideNext, type Finding, type Judged } from "./decide-checks.ts";

type Row = NonNullable<Awaited<ReturnType<typeof findWithRepository>>>;
type Push = NonNullable<Awaited<ReturnType<typeof findPush>>>;

export type Settled =
	/** It is closed by now. */
	| { outcome: "not_ours" }
	/** Prompts of the session are open: its head may move. */
	| { outcome: "busy" }
	/** Somebody else wrote it down. */
	| { outcome: "nothing_new" }
	| { outcome: "judged"; judged: Judged };

/**
 * Writes down why checks of a head fail, with what follows from it: a prompt that mends them, a line of the log, an act.
 * All or nothing, and each check of a head once.
 */
export function createSettleFindings(deps: UseCaseDeps) {
	return function settleFindings(
		row: Row,
		push: Push,
		found: Finding[],
		/** By name of the check, masked. */
		logs: ReadonlyMap<string, { log: string }>,
	): Promise<Settled> {
		const sessionId = row.session_id;
		const head = { pullRequestId: row.id, headSha: push.sha };
		return deps.db.transaction().execute(async (tx) => {
			const at = new Date(deps.now());
			const session = await lockSession(tx, sessionId);
			const current = await findWithRepository(tx, row.id);
			if (current?.state !== "open") return { outcome: "not_ours" };
			if ((await readUnheldPrompts(tx, sessionId)).length > 0) return { outcome: "busy" };
			const known = await listFindings(tx, head);
			const fresh = found.filter(({ name }) => !known.has(name));
			if (fresh.length === 0) return { outcome: "nothing_new" };
			const fixKey = toFixKey(row.id, push.sha);
			const fixes = await countFixes(tx, { sessionId, pullRequestId: row.id });
			const isTried = (await findByKey(tx, fixKey)) !== undefined;
			const ciFixes = (await readRepositoryRules(tx, row.repository_id))?.ciFixes ?? 0;
			const { findings, next } = decideNext(fresh, { fixes, mostFixes: ciFixes, isTried });
			const promptId = next === "fixing" ? deps.newId() : null;
			const judged = { pullRequestId: row.id, headSha: push.sha, findings, next };
			if (promptId !== null) await addFix(promptId);
			await insertFindings(tx, { ...head, findings, promptId, at });
			await appendEvents(
				tx,
				sessionId,
				[
					{ type: "checks.judged", data: judged },
					...(promptId === null ? [] : [{ type: "prompt.queued" as const, data: { promptId, position: 1 } }]),
				],
				at,
			);
			await recordAudit(
				tx,
				{
					personId: null,
					action: "checks.judged",
					sessionId,
					repositoryId: row.repository_id,
					subject: `${row.owner}/${row.name}#${row.number}`,
					data: {
						headSha: push.sha,
						next,
						verdicts: findings.map(({ name, verdict }) => ({ name, verdict })),
					},
				},
				at,
			);
			const job = { version: 1 as const, sessionId };
			if (promptId !== null) await deps.enqueue(tx, runPromptJob, job, { key: sessionId });
			await deps.enqueue(tx, showThreadJob, job, { key: sessionId });
			return { outcome: "judged", judged };

			async function addFix(id: string): Promise<void> {
				if (session.status === "ended") await setStatus(tx, sessionId, "ready", at);
				const checks: NonNullable<PromptContext["checks"]> = findings
					.filter(({ verdict }) => verdict === "caused")
					.map(({ name, reason }) => ({ name, reason, log: logs.get(name)?.log ?? "" }));
				await insertPrompt(tx, {
					id,
					sessionId,
					held: null,
					at,
					prompt: toCheckPrompt({
						idempotencyKey: fixKey,
						// Whose turn made these commits: what mends them is theirs as well.
						authorId: push.authorId,
						headSha: push.sha,
						branch: row.branch,
						number: row.number,
						checks,
					}),
				});
			}
		});
	};
}
