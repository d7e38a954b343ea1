import { showThreadJob } from "../jobs/queue.ts";
import { appendEvents } from "./event-store.ts";
import type { PullRequestFacts } from "./ports.ts";
import { readUnheldPrompts } from "./prompt-store.ts";
import { findByNumber, readOfSession, updateFacts } from "./pull-request-store.ts";
import { lockSession, setStatus } from "./session-store.ts";
import type { UseCaseDeps } from "./use-case.ts";

export type PullRequestChanged = (input: {
	owner: string;
	name: string;
	facts: PullRequestFacts;
}) => Promise<{ outcome: "recorded" | "unchanged" | "not_ours" }>;

/** Takes what GitHub says of a pull request now. A session ends when all of its pull requests are done with. */
export function createPullRequestChanged(deps: UseCaseDeps): PullRequestChanged {
	return ({ owner, name, facts }) =>
		deps.db.transaction().execute(async (tx) => {
			const at = new Date(deps.now());
			const place = await findByNumber(tx, { owner, name, number: facts.number });
			if (!place) return { outcome: "not_ours" };
			const session = await lockSession(tx, place.session_id);
			const row = await findByNumber(tx, { owner, name, number: facts.number });
			const { state, title, additions, deletions } = facts;
			if (!row) return { outcome: "not_ours" };
			if (row.state === state && row.additions === additions && row.deletions === deletions)
				return { outcome: "unchanged" };
			await updateFacts(tx, { id: row.id, state, title, additions, deletions, at });
			await appendEvents(
				tx,
				session.id,
				[{ type: "pull_request.changed", data: { pullRequestId: row.id, state, additions, deletions } }],
				at,
			);
			const anyOpen = (await readOfSession(tx, session.id)).some(
				(other) => other.state === "open" || other.state === "intended",
			);
			const anyPrompt = (await readUnheldPrompts(tx, session.id)).length > 0;
			if (session.status === "ready" && !anyOpen && !anyPrompt) await setStatus(tx, session.id, "ended", at);
			if (session.status === "ended" && anyOpen) await setStatus(tx, session.id, "ready", at);
			await deps.enqueue(tx, showThreadJob, { version: 1, sessionId: session.id }, { key: session.id });
			return { outcome: "recorded" };
		});
}
