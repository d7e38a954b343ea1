import { sql } from "kysely";
import type { Db, Tx } from "../../db/client.ts";
import type { Startup } from "../../db/schema/prompts.ts";
import { toStorableJson } from "../log/storable.ts";
import type { MeasuredStart } from "./startup-clock.ts";
import { toStartup } from "./to-startup.ts";

/** How long a prompt's turn took to begin, by phase; null where it has not begun. */
export async function readStartup(db: Db, promptId: string): Promise<Startup | null> {
	const row = await db.selectFrom("prompts").select("startup").where("id", "=", promptId).executeTakeFirst();
	return row?.startup ?? null;
}

/** Keeps what is known of a turn's start. Called again it adds what has become known since: steps, the first request. */
export async function keepStartup(
	db: Db,
	prompt: { sessionId: string; promptId: string },
	measured: MeasuredStart,
): Promise<void> {
	const marks = await readMarks(db, prompt);
	if (marks === null) return;
	const startup = toStorableJson(toStartup(measured, marks));
	await db.updateTable("prompts").set({ startup }).where("id", "=", prompt.promptId).execute();
}

/** When a prompt was queued for its newest run, began, and was first heard of by the gateway. */
async function readMarks(tx: Tx, prompt: { sessionId: string; promptId: string }) {
	const { rows } = await sql<{
		queued: Date | null;
		routed: Date | null;
		started: Date;
		requested: Date | null;
	}>`
		select p.started_at as started,
			(select at from events where session_id = p.session_id and type = 'prompt.queued'
				and data ->> 'promptId' = p.id::text order by seq desc limit 1) as queued,
			(select at from events where session_id = p.session_id and type = 'session.routed'
				order by seq limit 1) as routed,
			(select min(m.started_at) from model_calls m
				where m.prompt_id = p.id and m.started_at >= p.started_at) as requested
		from prompts p where p.id = ${prompt.promptId} and p.started_at is not null
	`.execute(tx);
	const row = rows[0];
	if (!row) return null;
	return {
		queuedAtMs: (row.queued ?? row.started).getTime(),
		routedAtMs: row.routed?.getTime() ?? null,
		startedAtMs: row.started.getTime(),
		requestedAtMs: row.requested?.getTime() ?? null,
	};
}
