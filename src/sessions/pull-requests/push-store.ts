import { type RawBuilder, sql } from "kysely";
import type { Tx } from "../../db/client.ts";

export interface PushRow {
	id: string;
	branch: string;
	/** null: the branch was not there. */
	beforeSha: string | null;
	sha: string;
}

export async function insertPushes(
	tx: Tx,
	of: { sessionId: string; promptId: string | null; repositoryId: string; at: Date },
	pushes: PushRow[],
): Promise<void> {
	await tx
		.insertInto("pushes")
		.values(
			pushes.map(({ id, branch, beforeSha, sha }) => ({
				...{ id, branch, sha, at: of.at },
				session_id: of.sessionId,
				prompt_id: of.promptId,
				repository_id: of.repositoryId,
				before_sha: beforeSha,
			})),
		)
		.execute();
}

/** GitHub did not take them. */
export async function deletePushes(tx: Tx, ids: string[]): Promise<void> {
	if (ids.length > 0) await tx.deleteFrom("pushes").where("id", "in", ids).execute();
}

/** The newest push of each branch since a time, where it was never heard whether GitHub took it. */
export async function readUnheardPushes(
	tx: Tx,
	of: { sessionId: string; since: Date },
): Promise<(PushRow & { promptId: string | null })[]> {
	const { rows } = await sql<PushRow & { promptId: string | null }>`
		select * from (
			select distinct on (branch) id, branch, before_sha as "beforeSha", sha, prompt_id as "promptId"
			from pushes where session_id = ${of.sessionId} and at > ${of.since}
			order by branch, at desc
		) newest where not ${isNotedSql(of.sessionId, sql`newest.branch`, sql`newest.sha`)}
	`.execute(tx);
	return rows;
}

/** Whether a push is in the audit log. The session's row must be locked by a caller who goes by it. */
export async function isPushNoted(
	tx: Tx,
	{ sessionId, branch, sha }: { sessionId: string; branch: string; sha: string },
): Promise<boolean> {
	const { rows } = await sql<{
		is: boolean;
	}>`select ${isNotedSql(sessionId, sql`${branch}`, sql`${sha}`)} as is`.execute(tx);
	return rows[0]?.is ?? false;
}

const isNotedSql = (sessionId: string, branch: RawBuilder<unknown>, sha: RawBuilder<unknown>) => sql`exists (
	select from audit_log where session_id = ${sessionId} and action = 'commits.pushed'
		and data->>'branch' = ${branch} and data->>'sha' = ${sha}
)`;
