import type { Routing } from "../../db/schema/sessions.ts";
import { markRepositoryUsed } from "../../images/build-store.ts";
import { beginAttemptsJob, buildImageJob, runPromptJob, showThreadJob } from "../../jobs/queue.ts";
import type { Access } from "../../people/access.ts";
import { recordAudit } from "../../people/audit.ts";
import { findGroup } from "../attempts/attempt-store.ts";
import { appendEvents } from "../log/event-store.ts";
import { toBranchName } from "../names.ts";
import { readUnheldPrompts } from "../queue/prompt-store.ts";
import { lockSession, setRepository } from "../session-store.ts";
import type { Sessions } from "../sessions.ts";
import type { UseCaseDeps } from "../use-case.ts";
import { meterRouting } from "./meter-routing.ts";
import { findRepository } from "./repository-store.ts";

const CHOSEN_BY_PEOPLE = new Set<Routing["how"]>(["named", "picked", "api"]);

export function createChooseRepository(
	deps: UseCaseDeps & { access: Pick<Access, "allowed"> },
): Sessions["chooseRepository"] {
	async function mayRead(personId: string | null, repositoryId: string | null): Promise<boolean> {
		if (personId === null || repositoryId === null) return true;
		const question = { personId, repositoryIds: [repositoryId], need: "read" as const };
		return (await deps.access.allowed(question)).has(repositoryId);
	}

	return async ({ sessionId, personId, repositoryId, routing, judgements }) => {
		if (!(await mayRead(personId, repositoryId))) return { outcome: "repository_gone" };
		return deps.db.transaction().execute(async (tx) => {
			const at = new Date(deps.now());
			const session = await lockSession(tx, sessionId);
			await meterRouting(tx, sessionId, judgements);
			if (session.status !== "routing" && session.status !== "asking") return { outcome: "already_chosen" };
			const repository = repositoryId === null ? null : await findRepository(tx, repositoryId);
			if (repository === undefined) return { outcome: "repository_gone" };
			await setRepository(tx, sessionId, {
				repositoryId,
				baseBranch: repository === null ? null : (session.wish?.baseBranch ?? repository.default_branch),
				branch: repository ? toBranchName(sessionId, session.title) : null,
				routing,
				at,
			});
			const fullName = repository ? `${repository.owner}/${repository.name}` : null;
			await appendEvents(
				tx,
				sessionId,
				[{ type: "session.routed", data: { repositoryId, repository: fullName, ...routing } }],
				at,
			);
			const act = {
				// What Bobbin guessed it chose itself.
				personId: CHOSEN_BY_PEOPLE.has(routing.how) ? personId : null,
				action: "session.repository_chosen",
				sessionId,
				repositoryId,
				subject: fullName,
			};
			await recordAudit(tx, { ...act, data: { how: routing.how } }, at);
			const job = { version: 1 as const, sessionId };
			for (const _ of await readUnheldPrompts(tx, sessionId))
				await deps.enqueue(tx, runPromptJob, job, { key: sessionId });
			const group = await findGroup(tx, sessionId);
			if (group?.firstSessionId === sessionId)
				await deps.enqueue(tx, beginAttemptsJob, job, { key: sessionId });
			await deps.enqueue(tx, showThreadJob, job, { key: sessionId });
			if (repositoryId !== null && (await markRepositoryUsed(tx, { repositoryId, at })).first) {
				const build = { version: 1 as const, repositoryId, reason: "first_use" as const, atMs: at.getTime() };
				await deps.enqueue(tx, buildImageJob, build, { key: repositoryId });
			}
			return { outcome: "chosen" };
		});
	};
}
