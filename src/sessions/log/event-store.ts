import { sql } from "kysely";
import { type LoggedEvent, loggedEvent, type SessionEvent } from "../../contract/event.ts";
import type { Db, Tx } from "../../db/client.ts";
import { toStorableJson } from "./storable.ts";

/** Payload: `<session id>:<last seq>`, and `:<writer>` if a group writer wrote it. One for each session and batch. */
export const EVENTS_CHANNEL = "session_events";

export interface BatchRow {
	/** 0-based place among the batch's rows of its session. */
	index: number;
	sessionId: string;
	event: SessionEvent;
	at: Date;
}

type BatchOutcome =
	/** Kept; the first row has seq `baseSeq + 1`. */
	| { outcome: "written"; baseSeq: number }
	/** The session has another owner: nothing was kept. */
	| { outcome: "stale" }
	/** Somebody holds the session's row just now: nothing was kept, try again. */
	| { outcome: "busy" };

/**
 * Writes rows of many sessions in one statement, each session's only if `epoch` is still its epoch. Sequence numbers
 * are allotted under the session's row lock, so they have no gap and nobody's takeover can slip in between. Rows that
 * are locked are passed over: one slow transaction must not hold up the other sessions.
 */
export async function writeBatch(
	db: Db,
	sessions: { sessionId: string; epoch: number; count: number }[],
	rows: BatchRow[],
	writer: string,
): Promise<Map<string, BatchOutcome>> {
	const result = await sql<{ id: string; base: number | null }>`
		with batch as (
			select * from unnest(
				${sessions.map((s) => s.sessionId)}::uuid[], ${sessions.map((s) => s.epoch)}::int[],
				${sessions.map((s) => s.count)}::int[]
			) as b (session_id, epoch, n)
		),
		locked as materialized (
			select s.id from sessions s where s.id in (select session_id from batch)
			order by s.id for no key update skip locked
		),
		moved as (
			update sessions s set last_seq = s.last_seq + b.n
			from batch b join locked l on l.id = b.session_id
			where s.id = b.session_id and s.epoch = b.epoch
			returning s.id, s.last_seq, s.last_seq - b.n as base
		),
		written as (
			insert into events (session_id, seq, type, data, at)
			select r.session_id, m.base + r.idx + 1, r.type, r.data, r.at
			from unnest(
				${rows.map((r) => r.sessionId)}::uuid[], ${rows.map((r) => r.index)}::int[],
				${rows.map((r) => r.event.type)}::text[], ${rows.map((r) => toStorableJson(r.event.data))}::jsonb[],
				${rows.map((r) => r.at.toISOString())}::timestamptz[]
			) as r (session_id, idx, type, data, at)
			join moved m on m.id = r.session_id
		)
		select l.id, m.base, pg_notify(${EVENTS_CHANNEL}, m.id || ':' || m.last_seq || ':' || ${writer})
		from locked l left join moved m on m.id = l.id
	`.execute(db);
	const bases = new Map(result.rows.map((row) => [row.id, row.base]));
	return new Map(sessions.map(({ sessionId }) => [sessionId, toOutcome(bases.get(sessionId))]));
}

function toOutcome(base: number | null | undefined): BatchOutcome {
	if (base === undefined) return { outcome: "busy" };
	if (base === null) return { outcome: "stale" };
	return { outcome: "written", baseSeq: base };
}

/** Writes events of one session inside a use case's transaction; its row stays locked to the end of it. */
export async function appendEvents(
	tx: Tx,
	sessionId: string,
	events: SessionEvent[],
	at: Date,
): Promise<void> {
	if (events.length === 0) return;
	const { rows } = await sql<{ base: number }>`
		update sessions set last_seq = last_seq + ${events.length} where id = ${sessionId}
		returning last_seq - ${events.length}::int as base
	`.execute(tx);
	const base = rows[0]?.base;
	if (base === undefined) throw new Error(`events for session ${sessionId}, which does not exist`);
	await tx
		.insertInto("events")
		.values(
			events.map((event, index) => ({
				session_id: sessionId,
				seq: base + index + 1,
				type: event.type,
				data: toStorableJson(event.data),
				at,
			})),
		)
		.execute();
	await sql`select pg_notify(${EVENTS_CHANNEL}, ${`${sessionId}:${base + events.length}`})`.execute(tx);
}

export async function readEvents(
	db: Tx,
	input: { sessionId: string; afterSeq: number; limit: number },
): Promise<LoggedEvent[]> {
	const rows = await db
		.selectFrom("events")
		.selectAll()
		.where("session_id", "=", input.sessionId)
		.where("seq", ">", input.afterSeq)
		.orderBy("seq")
		.limit(input.limit)
		.execute();
	return rows.map((row) =>
		loggedEvent.parse({
			type: row.type,
			data: row.data,
			sessionId: row.session_id,
			seq: row.seq,
			at: row.at.toISOString(),
		}),
	);
}

export async function readLastSeq(db: Tx, sessionId: string): Promise<number> {
	const row = await db
		.selectFrom("sessions")
		.select("last_seq")
		.where("id", "=", sessionId)
		.executeTakeFirst();
	return row?.last_seq ?? 0;
}

/** Removes the pieces of parts that are kept whole, and the interim output of tools that ended. In one look at the turn. */
export async function dropPieces(tx: Tx, input: { sessionId: string; promptId: string }): Promise<void> {
	await sql`
		delete from events where session_id = ${input.sessionId} and seq in (
			select seq from (
				select seq, type, max(seq) filter (where type in ('text', 'reasoning', 'tool.finished'))
					over (partition by coalesce(data ->> 'partId', data ->> 'callId')) as whole_seq
				from events
				where session_id = ${input.sessionId} and data ->> 'promptId' = ${input.promptId}
					and type in ('text', 'text.delta', 'reasoning', 'reasoning.delta', 'tool.progress', 'tool.finished')
			) parts
			where type in ('text.delta', 'reasoning.delta', 'tool.progress') and seq < whole_seq
		)
	`.execute(tx);
}
