import { sql } from "kysely";
import type { Db } from "../db/client.ts";

/** What warm sandboxes and hints were good for, since a time. */
export interface WarmFigures {
	hints: { source: string; made: number; present: number; refused: number; failed: number }[];
	hits: { source: string; hits: number; share: number | null }[];
	sandboxes: { made: number; claimed: number };
	wastedSeconds: number;
	medianMakingSeconds: number | null;
}

/** Each figure is one query. */
export async function readWarmFigures(db: Db, since: Date): Promise<WarmFigures> {
	const [hints, hits, sandboxes, wastedSeconds, medianMakingSeconds] = await Promise.all([
		readHints(db, since),
		readHits(db, since),
		readSandboxes(db, since),
		readWastedSeconds(db, since),
		readMedianMakingSeconds(db, since),
	]);
	return { hints, hits, sandboxes, wastedSeconds, medianMakingSeconds };
}

/** Hints by where they came from and what became of them. */
async function readHints(db: Db, since: Date) {
	const { rows } = await sql<WarmFigures["hints"][number]>`
		select source,
			count(*) filter (where outcome = 'made')::int as made,
			count(*) filter (where outcome = 'present')::int as present,
			count(*) filter (where outcome = 'refused')::int as refused,
			count(*) filter (where outcome = 'failed')::int as failed
		from warm_hints where at >= ${since} group by source order by source
	`.execute(db);
	return rows;
}

/** Hints that a session came of, and their share of those that were not refused; null where there was none. */
async function readHits(db: Db, since: Date) {
	const { rows } = await sql<WarmFigures["hits"][number]>`
		select source, count(hit_at)::int as hits,
			count(hit_at)::float8 / nullif(count(*) filter (where outcome <> 'refused'), 0) as share
		from warm_hints where at >= ${since} group by source order by source
	`.execute(db);
	return rows;
}

/** Sandboxes of the pool that became warm, and how many of them a session took. */
async function readSandboxes(db: Db, since: Date) {
	const { rows } = await sql<WarmFigures["sandboxes"]>`
		select count(*)::int as made, count(claimed_at)::int as claimed
		from sandboxes where warmed_at is not null and created_at >= ${since}
	`.execute(db);
	return rows[0] ?? { made: 0, claimed: 0 };
}

/** How long those sandboxes lived, together, that came to their end without ever being claimed. */
async function readWastedSeconds(db: Db, since: Date) {
	const { rows } = await sql<{ seconds: number }>`
		select coalesce(sum(extract(epoch from deleted_at - created_at)), 0)::float8 as seconds
		from sandboxes
		where warmed_at is not null and claimed_at is null and deleted_at is not null and created_at >= ${since}
	`.execute(db);
	return rows[0]?.seconds ?? 0;
}

/** From the row to ready to be claimed; null where none was made. */
async function readMedianMakingSeconds(db: Db, since: Date) {
	const { rows } = await sql<{ seconds: number | null }>`
		select percentile_cont(0.5) within group (order by extract(epoch from warmed_at - created_at)) as seconds
		from sandboxes where warmed_at is not null and created_at >= ${since}
	`.execute(db);
	return rows[0]?.seconds ?? null;
}
