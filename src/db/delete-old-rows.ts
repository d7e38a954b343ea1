import { type RawBuilder, sql } from "kysely";
import type { Log } from "../log.ts";
import type { Db } from "./client.ts";

/** So few that nobody waits for the locks of one statement. */
const BATCH = 1_000;
/** What is left then is deleted with the next sweep. */
const MOST_BATCHES = 100;
/** So long a link says that it is too old, and not that nobody knows it. */
const KEEP_LINKS_MS = 24 * 60 * 60_000;

/**
 * Deletes rows that only tell of things that are over, once they are older than `keep` says; `README.md` has which. In
 * small batches, each a transaction of its own; several instances may do this at once.
 *
 * @returns how many were deleted, by table
 */
export async function deleteOldRows(
	deps: { db: Db; log: Log; now: () => number },
	keep: { inboxMs: number; historyMs: number; auditMs: number },
	limits: { batch: number; mostBatches: number } = { batch: BATCH, mostBatches: MOST_BATCHES },
): Promise<Record<OldTable, number>> {
	const before = (ms: number) => new Date(deps.now() - ms);
	const history = before(keep.historyMs);
	const deleted = {} as Record<OldTable, number>;
	// Whatever refers to others goes before them.
	for (const [table, old] of [
		["inbox", sql`processed_at < ${before(keep.inboxMs)}`],
		// Without a place nobody knows whether it was posted.
		["slack_starts", sql`created_at < ${before(keep.inboxMs)} and ts is not null`],
		["thread_messages", sql`created_at < ${history}`],
		["github_links", sql`expires_at < ${before(KEEP_LINKS_MS)}`],
		["warm_hints", sql`at < ${history}`],
		["audit_log", sql`at < ${before(keep.auditMs)} and action <> 'github.linked'`],
		["session_snapshots", oldSnapshots(history)],
		["sandboxes", oldSandboxes(history)],
		["images", oldImages(history)],
	] as const) {
		deleted[table] = 0;
		for (let batches = 0; batches < limits.mostBatches; batches++) {
			const count = await deleteBatch(deps.db, table, old, limits.batch);
			deleted[table] += count;
			if (count < limits.batch) break;
		}
	}
	if (Object.values(deleted).some((count) => count > 0)) deps.log.info({ deleted }, "old rows were deleted");
	return deleted;
}

type OldTable =
	| "inbox"
	| "slack_starts"
	| "thread_messages"
	| "github_links"
	| "warm_hints"
	| "audit_log"
	| "session_snapshots"
	| "sandboxes"
	| "images";

async function deleteBatch(
	db: Db,
	table: OldTable,
	old: RawBuilder<unknown>,
	limit: number,
): Promise<number> {
	const { numAffectedRows = 0n } = await sql`
		delete from ${sql.table(table)} where id = any(array(
			select id from ${sql.table(table)} as o where ${old} limit ${limit} for update skip locked
		))
	`.execute(db);
	return Number(numAffectedRows);
}

/** The newest of a session stays, whose name says how many there were, and the newest that names a branch. */
function oldSnapshots(before: Date) {
	return sql`state in ('failed', 'deleted') and created_at < ${before}
		and exists (
			select 1 from session_snapshots n
			where n.session_id = o.session_id and n.created_at > o.created_at
				and (o.wip_branch is null or n.wip_branch is not null)
		)`;
}

/** Of the pool and of builds: those of sessions stay. */
function oldSandboxes(before: Date) {
	return sql`session_id is null and deleted_at < ${before}
		and not exists (select 1 from warm_hints h where h.sandbox_id = o.id)`;
}

/** The last one of a repository stays: it says when it was built last. So do those that sandboxes were made of. */
function oldImages(before: Date) {
	return sql`deleted_at < ${before} and state in ('failed', 'deleted')
		and exists (
			select 1 from images n
			where n.repository_id = o.repository_id and n.provider = o.provider and n.started_at > o.started_at
		)
		and not exists (select 1 from sandboxes s where s.image_id = o.id)`;
}
