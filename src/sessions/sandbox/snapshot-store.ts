import { sql } from "kysely";
import type { Problem } from "../../contract/event.ts";
import type { Db, Tx } from "../../db/client.ts";
import { toStorableJson } from "../log/storable.ts";

/** Tools that only look, or whose work is done outside the sandbox. Any other may change files. */
const LOOKING_TOOLS = [
	...["read", "glob", "grep", "list", "lsp", "todoread", "todowrite", "question", "skill"],
	...["webfetch", "websearch", "codesearch", "open_pull_request", "add_screenshot"],
];

const COLUMNS = ["id", "session_id", "sandbox_id", "name", "seq", "wip_branch", "created_at"] as const;

/** Of the repository that its session works on now: what was kept of another one waits for its coming back. */
const OF_REPOSITORY = sql<boolean>`exists (
	select from sandboxes left_in join sessions now_in on now_in.id = session_snapshots.session_id
	where left_in.id = session_snapshots.sandbox_id and left_in.repository_id is not distinct from now_in.repository_id
)`;

/** The snapshot that a session's next sandbox is made from, with what its checkout was. */
export function findNewestReady(tx: Tx, input: { sessionId: string; provider: string }) {
	return tx
		.selectFrom("session_snapshots as s")
		.innerJoin("sandboxes as b", "b.id", "s.sandbox_id")
		.innerJoin("sessions as of", (join) =>
			join
				.onRef("of.id", "=", "s.session_id")
				.on((eb) => eb("of.repository_id", "is not distinct from", eb.ref("b.repository_id"))),
		)
		.select(["s.id", "s.name", "s.seq", "b.branch", "b.cloned_at"])
		.where("s.session_id", "=", input.sessionId)
		.where("s.provider", "=", input.provider)
		.where("s.state", "=", "ready")
		.orderBy("s.seq", "desc")
		.orderBy("s.created_at", "desc")
		.limit(1)
		.executeTakeFirst();
}

/** Those that somebody began to take, or that are ready and of its repository; oldest first. */
export function listOfSession(
	tx: Tx,
	input: { sessionId: string; provider: string; state: "taking" | "ready" },
) {
	return tx
		.selectFrom("session_snapshots")
		.select(COLUMNS)
		.where("session_id", "=", input.sessionId)
		.where("provider", "=", input.provider)
		.where("state", "=", input.state)
		.$if(input.state === "ready", (query) => query.where(OF_REPOSITORY))
		.orderBy("seq")
		.orderBy("created_at")
		.execute();
}

/** The last try to keep a session, however it ended. */
export function findLastTry(tx: Tx, sessionId: string) {
	return tx
		.selectFrom("session_snapshots")
		.select([...COLUMNS, "state"])
		.where("session_id", "=", sessionId)
		.orderBy("created_at", "desc")
		.limit(1)
		.executeTakeFirst();
}

/**
 * Notes that a snapshot is about to be taken, under the first of the names that none has. The session's row must be
 * locked by the caller.
 */
export async function insertSnapshot(
	tx: Tx,
	input: {
		id: string;
		sessionId: string;
		sandboxId: string;
		provider: string;
		toNames: (number: number) => string[];
		seq: number;
		reason: "turn" | "stop" | "delete" | "move";
		at: Date;
	},
): Promise<{ id: string; name: string }> {
	// Not how many there are: rows go in time, and a name that came again would give back an old snapshot.
	const { last } = await tx
		.selectFrom("session_snapshots")
		.select(sql<number>`coalesce(max(substring(name from '[0-9]+$')::int), 0)`.as("last"))
		.where("session_id", "=", input.sessionId)
		.executeTakeFirstOrThrow();
	const names = input.toNames(last + 1);
	for (const name of names) {
		const row = await tx
			.insertInto("session_snapshots")
			.values({
				id: input.id,
				session_id: input.sessionId,
				sandbox_id: input.sandboxId,
				prompt_id: sql<string>`(select id from prompts where session_id = ${input.sessionId}
					and finished_at is not null and status <> 'cancelled' order by number desc limit 1)`,
				provider: input.provider,
				name,
				state: "taking",
				seq: input.seq,
				reason: input.reason,
				created_at: input.at,
			})
			.onConflict((conflict) => conflict.column("name").doNothing())
			.returning(["id", "name"])
			.executeTakeFirst();
		if (row) return row;
	}
	throw new Error(`other snapshots have the names ${names.join(", ")}`);
}

/** False: it is not being taken any more, nothing was changed. */
export async function endTaking(
	tx: Tx,
	id: string,
	set: { state: "ready"; sizeBytes: number | null } | { state: "failed"; problem: Problem },
): Promise<boolean> {
	const row = await tx
		.updateTable("session_snapshots")
		.set(
			set.state === "ready"
				? { state: "ready", size_bytes: set.sizeBytes }
				: { state: "failed", problem: toStorableJson(set.problem) },
		)
		.where("id", "=", id)
		.where("state", "=", "taking")
		.returning("id")
		.executeTakeFirst();
	return row !== undefined;
}

export async function setWipBranch(tx: Tx, id: string, branch: string): Promise<void> {
	await tx.updateTable("session_snapshots").set({ wip_branch: branch }).where("id", "=", id).execute();
}

export async function setDeleted(tx: Tx, id: string, at: Date): Promise<void> {
	await tx
		.updateTable("session_snapshots")
		.set({ state: "deleted", deleted_at: at })
		.where("id", "=", id)
		.execute();
}

/** Where a session's log last tells of something that may have changed files, and of a turn's end. 0: nowhere. */
export async function readLastWork(
	tx: Tx,
	sessionId: string,
): Promise<{ changedSeq: number; endedSeq: number }> {
	const { rows } = await sql<{ changed: number; ended: number }>`
		select
			coalesce(max(seq) filter (where type <> 'prompt.finished'), 0)::bigint as changed,
			coalesce(max(seq) filter (where type = 'prompt.finished'), 0)::bigint as ended
		from events where session_id = ${sessionId} and (
			type = 'file.changed'
			or (type = 'tool.started' and not data ->> 'tool' = any(${LOOKING_TOOLS}))
			or (type = 'prompt.finished' and data ->> 'status' <> 'cancelled')
		)
	`.execute(tx);
	return { changedSeq: rows[0]?.changed ?? 0, endedSeq: rows[0]?.ended ?? 0 };
}

/** From where on the agent of a sandbox that holds the log up to `seq` (nothing: 0) misses turns; null: it misses none. */
export async function readMissedAfter(
	tx: Tx,
	sessionId: string,
	seq: number | null = 0,
): Promise<number | null> {
	const { endedSeq } = await readLastWork(tx, sessionId);
	return endedSeq > (seq ?? 0) ? (seq ?? 0) : null;
}

export interface EarlierTurn {
	author: string | null;
	text: string;
	answer: string | null;
	/** The other repository that it worked in, before the session moved; null: it is the session's. */
	elsewhere: string | null;
}

/** What was asked and answered in turns that ended after a place in the log; oldest first, at most the last `limit`. */
export async function readTurnsAfter(
	tx: Tx,
	input: { sessionId: string; afterSeq: number; limit: number },
): Promise<EarlierTurn[]> {
	const { rows } = await sql<EarlierTurn>`
		select pe.name as author, p.text, p.answer,
			case when p.repository_id is distinct from s.repository_id
				then coalesce(r.owner || '/' || r.name, 'no repository') end as elsewhere
		from prompts p join sessions s on s.id = p.session_id left join people pe on pe.id = p.author_id
			left join repositories r on r.id = p.repository_id
		where p.session_id = ${input.sessionId} and p.id in (
			select (data ->> 'promptId')::uuid from events
			where session_id = ${input.sessionId} and type = 'prompt.finished' and seq > ${input.afterSeq}
				and data ->> 'status' <> 'cancelled'
		) and p.finished_at is not null
		order by p.number desc limit ${input.limit}
	`.execute(tx);
	return rows.reverse();
}

/** The branch that holds uncommitted work of a session, if some of after `seq` had to be pushed there. */
export async function findWipBranch(tx: Tx, sessionId: string, seq = 0): Promise<string | null> {
	const row = await tx
		.selectFrom("session_snapshots")
		.select("wip_branch")
		.where("session_id", "=", sessionId)
		.where("wip_branch", "is not", null)
		.where("seq", ">", seq)
		.where(OF_REPOSITORY)
		.limit(1)
		.executeTakeFirst();
	return row?.wip_branch ?? null;
}

/** Of the provider's snapshots those that are nobody's: of a session that is known here, and in no row that counts. */
export async function listOrphans(db: Db, input: { provider: string; names: string[] }): Promise<string[]> {
	const { rows } = await sql<{ name: string }>`
		select name from unnest(${input.names}::text[]) as n (name)
		where exists (
			select 1 from sessions s where s.id::text like substring(name from '^bobbin-session-([0-9a-f-]{8,})-[0-9]+$') || '%'
		) and not exists (
			select 1 from session_snapshots x
			where x.name = n.name and x.provider = ${input.provider} and x.state in ('taking', 'ready')
		)
	`.execute(db);
	return rows.map((row) => row.name);
}
