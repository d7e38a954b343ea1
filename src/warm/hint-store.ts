import { sql } from "kysely";
import { HINT_LIFE_MS } from "../../sandbox/pool.ts";
import type { WarmSource } from "../contract/warm.ts";
import type { Tx } from "../db/client.ts";

const MINUTE_MS = 60_000;

export interface Hint {
	repositoryId: string;
	/** null: nobody known; all of those count as one person. */
	personId: string | null;
	source: WarmSource | "mention";
}

/** Whoever else counts this person's hints waits until the transaction ends. */
export async function lockHintsOf(tx: Tx, personId: string | null): Promise<void> {
	await sql`select pg_advisory_xact_lock(hashtextextended(${`warm-hints:${personId ?? ""}`}, 0))`.execute(tx);
}

/**
 * `lastMinute`: all hints. `unused`: other repositories for which something was made that no session has come of yet.
 */
export async function countHints(
	tx: Tx,
	input: { personId: string | null; repositoryId: string; nowMs: number },
): Promise<{ lastMinute: number; unused: number }> {
	const { personId, repositoryId, nowMs } = input;
	const { rows } = await sql<{ lastMinute: number; unused: number }>`
		select
			count(*) filter (where at > ${new Date(nowMs - MINUTE_MS)})::int as "lastMinute",
			count(distinct repository_id) filter (
				where outcome = 'made' and session_id is null and repository_id <> ${repositoryId}
			)::int as unused
		from warm_hints
		where person_id is not distinct from ${personId}::uuid and at > ${new Date(nowMs - HINT_LIFE_MS)}
	`.execute(tx);
	return rows[0] ?? { lastMinute: 0, unused: 0 };
}

export async function insertHint(
	tx: Tx,
	hint: Hint & { id: string; outcome: "made" | "refused"; at: Date },
): Promise<void> {
	await tx
		.insertInto("warm_hints")
		.values({
			id: hint.id,
			person_id: hint.personId,
			repository_id: hint.repositoryId,
			source: hint.source,
			outcome: hint.outcome,
			at: hint.at,
		})
		.execute();
}

export async function setHintOutcome(
	tx: Tx,
	id: string,
	set: { outcome: "made" | "present" | "refused"; sandbox_id: string | null },
): Promise<void> {
	await tx.updateTable("warm_hints").set(set).where("id", "=", id).execute();
}

/** The repository that a session of this channel was last about. */
export async function findLastOfChannel(
	tx: Tx,
	channel: { teamId: string; channelId: string },
): Promise<string | null> {
	const row = await tx
		.selectFrom("threads as t")
		.innerJoin("sessions as s", "s.id", "t.session_id")
		.select("s.repository_id")
		.where("t.team_id", "=", channel.teamId)
		.where("t.channel_id", "=", channel.channelId)
		.where("s.repository_id", "is not", null)
		.orderBy("t.created_at", "desc")
		.limit(1)
		.executeTakeFirst();
	return row?.repository_id ?? null;
}

/** The repository that a person's prompts were last about. */
export async function findLastOfPerson(tx: Tx, personId: string): Promise<string | null> {
	const row = await tx
		.selectFrom("prompts as p")
		.innerJoin("sessions as s", "s.id", "p.session_id")
		.select("s.repository_id")
		.where("p.author_id", "=", personId)
		.where("s.repository_id", "is not", null)
		.orderBy("p.created_at", "desc")
		.limit(1)
		.executeTakeFirst();
	return row?.repository_id ?? null;
}
