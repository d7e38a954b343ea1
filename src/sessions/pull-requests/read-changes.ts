import type { Db } from "../../db/client.ts";

/**
 * Reads what a session changed, as GitHub has it: its newest pull request, else its branch. Null: nothing, or nothing any
 * more.
 *
 * @throws AppError `github_unavailable` (retryable) and others of GitHub
 */
export function createReadChanges(deps: {
	db: Db;
	/** null: a branch is gone. */
	readDiff: (range: { owner: string; name: string; base: string; head: string }) => Promise<string | null>;
}) {
	const { db, readDiff } = deps;
	return async (sessionId: string): Promise<{ diff: string; base: string; head: string } | null> => {
		const session = await db
			.selectFrom("sessions as s")
			.innerJoin("repositories as r", "r.id", "s.repository_id")
			.select(["r.owner", "r.name", "r.default_branch", "s.base_branch", "s.branch"])
			.where("s.id", "=", sessionId)
			.where("r.removed_at", "is", null)
			.executeTakeFirst();
		if (session === undefined) return null;
		const pullRequest = await db
			.selectFrom("pull_requests as p")
			.innerJoin("repositories as r", "r.id", "p.repository_id")
			.select(["r.owner", "r.name", "p.base", "p.branch"])
			.where("p.session_id", "=", sessionId)
			.where("p.number", "is not", null)
			.where("r.removed_at", "is", null)
			.orderBy("p.created_at", "desc")
			.limit(1)
			.executeTakeFirst();
		const { owner, name } = pullRequest ?? session;
		const base = pullRequest?.base ?? session.base_branch ?? session.default_branch;
		const head = pullRequest?.branch ?? session.branch;
		if (head === null) return null;
		const diff = await readDiff({ owner, name, base, head });
		return diff === null ? null : { diff, base, head };
	};
}
