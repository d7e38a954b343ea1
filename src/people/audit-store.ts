import { sql } from "kysely";
import type { AuditAnswer } from "../contract/audit.ts";
import type { Db } from "../db/client.ts";

export interface AuditQuestion {
	sessionId?: string | undefined;
	personId?: string | undefined;
	/** Only acts with a smaller id. */
	before?: number | undefined;
	limit: number;
}

/** Who did what, newest first. */
export async function readAudit(db: Db, question: AuditQuestion): Promise<AuditAnswer> {
	const { sessionId, personId, before, limit } = question;
	let query = db
		.selectFrom("audit_log as a")
		.leftJoin("people as p", "p.id", "a.person_id")
		.leftJoin("repositories as r", "r.id", "a.repository_id")
		.select(["a.id", "a.at", "a.person_id", "p.name", "a.actor", "a.action"])
		.select(["a.session_id", "a.subject", "a.data"])
		.select(sql<string | null>`r.owner || '/' || r.name`.as("repository"))
		.orderBy("a.id", "desc")
		.limit(limit + 1);
	if (sessionId !== undefined) query = query.where("a.session_id", "=", sessionId);
	if (personId !== undefined) query = query.where("a.person_id", "=", personId);
	if (before !== undefined) query = query.where("a.id", "<", before);
	const rows = await query.execute();
	const shown = rows.slice(0, limit);
	return {
		acts: shown.map((row) => ({
			id: row.id,
			at: row.at.toISOString(),
			person: row.person_id === null ? null : { id: row.person_id, name: row.name ?? "" },
			actor: row.actor,
			action: row.action,
			sessionId: row.session_id,
			repository: row.repository,
			subject: row.subject,
			data: row.data,
		})),
		before: rows.length > shown.length ? (shown.at(-1)?.id ?? null) : null,
	};
}
