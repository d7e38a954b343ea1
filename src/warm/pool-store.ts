import { sql } from "kysely";
import { HINT_LIFE_MS, type PoolEntry, type PoolLimits, type PoolState } from "../../sandbox/pool.ts";
import type { Tx } from "../db/client.ts";
import type { SandboxesTable } from "../db/schema/sandboxes.ts";

/** Sessions that began earlier say nothing of what comes. */
const DEMAND_WINDOW_MS = 6 * 3_600_000;
const MOST_SESSIONS = 2_000;

/** What the keeper of the pool knows that is in no table. */
interface Keeping {
	checkedAtMs: ReadonlyMap<string, number>;
	/** By repository. */
	blockedUntilMs: ReadonlyMap<string, number>;
}

/** `keeping` null: whoever looks is not the keeper. */
export async function readPoolState(
	tx: Tx,
	input: { provider: string; limits: PoolLimits; nowMs: number; keeping: Keeping | null },
): Promise<PoolState> {
	const { provider, limits, nowMs, keeping } = input;
	const rows = await tx
		.selectFrom("sandboxes")
		.select(["id", "repository_id", "image_id", "state", "created_at"])
		.where("session_id", "is", null)
		.where("deleted_at", "is", null)
		.where("provider", "=", provider)
		.where("state", "in", ["warming", "warm", "lost"])
		.execute();
	const states = { warm: "warm", warming: "creating" } as Record<string, PoolEntry["state"] | undefined>;
	const entries = rows.flatMap((row): PoolEntry[] => {
		if (row.repository_id === null) return [];
		return [
			{
				id: row.id,
				repositoryId: row.repository_id,
				imageId: row.image_id,
				state: states[row.state] ?? "broken",
				createdAtMs: row.created_at.getTime(),
				// What another keeper made is looked at first.
				checkedAtMs: keeping === null ? nowMs : (keeping.checkedAtMs.get(row.id) ?? 0),
			},
		];
	});
	const { awaited } = await tx
		.selectFrom("sandboxes")
		.select((eb) => eb.fn.countAll<number>().as("awaited"))
		.where("state", "=", "warming")
		.where("session_id", "is not", null)
		.where("deleted_at", "is", null)
		.where("provider", "=", provider)
		.executeTakeFirstOrThrow();
	const sessions = await tx
		.selectFrom("sessions as s")
		.innerJoin("repositories as r", "r.id", "s.repository_id")
		.select(["r.id", "s.created_at"])
		.where("s.created_at", ">", new Date(nowMs - DEMAND_WINDOW_MS))
		.where("r.removed_at", "is", null)
		.where("r.archived", "=", false)
		.orderBy("s.created_at", "desc")
		.limit(MOST_SESSIONS)
		.execute();
	const hints = await tx
		.selectFrom("warm_hints as h")
		.innerJoin("repositories as r", "r.id", "h.repository_id")
		.select((eb) => ["r.id", eb.fn.max("h.at").as("at")])
		.where("h.session_id", "is", null)
		.where("h.outcome", "in", ["made", "present"])
		.where("h.at", ">", new Date(nowMs - HINT_LIFE_MS))
		.where("r.removed_at", "is", null)
		.where("r.archived", "=", false)
		.groupBy(["r.id", "h.person_id"])
		.execute();
	const images = await tx
		.selectFrom("images")
		.distinctOn("repository_id")
		.select(["repository_id", "id"])
		.where("provider", "=", provider)
		.where("state", "=", "ready")
		.orderBy("repository_id")
		.orderBy("started_at", "desc")
		.execute();

	const begunAt = Map.groupBy(sessions, (session) => session.id);
	const hintedAt = Map.groupBy(hints, (hint) => hint.id);
	const newest = new Map(images.map((image) => [image.repository_id, image.id]));
	const ids = new Set([...begunAt.keys(), ...hintedAt.keys()]);
	return {
		entries,
		awaited,
		limits,
		repositories: [...ids].map((id) => ({
			id,
			newestImageId: newest.get(id) ?? null,
			begunAtMs: (begunAt.get(id) ?? []).map((session) => session.created_at.getTime()),
			hintedAtMs: (hintedAt.get(id) ?? []).map((hint) => hint.at.getTime()),
			blockedUntilMs: keeping?.blockedUntilMs.get(id) ?? null,
		})),
	};
}

/** A row for a sandbox that is about to be made; the hints that wait for one are told. */
export async function insertWarming(
	tx: Tx,
	entry: {
		id: string;
		repositoryId: string;
		imageId: string | null;
		provider: string;
		name: string;
		tokenHash: string;
		at: Date;
	},
) {
	const row = await tx
		.insertInto("sandboxes")
		.values({
			id: entry.id,
			session_id: null,
			repository_id: entry.repositoryId,
			image_id: entry.imageId,
			provider: entry.provider,
			name: entry.name,
			state: "warming",
			token_hash: entry.tokenHash,
			created_at: entry.at,
		})
		.returningAll()
		.executeTakeFirstOrThrow();
	await tx
		.updateTable("warm_hints")
		.set({ sandbox_id: entry.id })
		.where("repository_id", "=", entry.repositoryId)
		.where("outcome", "=", "made")
		.where("sandbox_id", "is", null)
		.where("session_id", "is", null)
		.where("at", ">", new Date(entry.at.getTime() - HINT_LIFE_MS))
		.execute();
	return row;
}

export async function isClaimed(tx: Tx, id: string): Promise<boolean> {
	const row = await tx
		.selectFrom("sandboxes")
		.select("id")
		.where("id", "=", id)
		.where("session_id", "is not", null)
		.executeTakeFirst();
	return row !== undefined;
}

/** It can be used from now on. `claimed`: a session had taken it while it was being made. */
export async function markWarm(
	tx: Tx,
	id: string,
	input: { providerId: string; at: Date },
): Promise<"warm" | "claimed" | "gone"> {
	const row = await tx
		.updateTable("sandboxes")
		.set({
			state: sql<SandboxesTable["state"]>`case when session_id is null then 'warm' else 'ready' end`,
			provider_id: input.providerId,
			warmed_at: input.at,
			checked_at: input.at,
		})
		.where("id", "=", id)
		.where("state", "=", "warming")
		.where("deleted_at", "is", null)
		.returning("session_id")
		.executeTakeFirst();
	if (!row) return "gone";
	return row.session_id === null ? "warm" : "claimed";
}

/** Making it failed. A session that had taken it looks for another one. */
export async function markFailed(tx: Tx, id: string): Promise<void> {
	await tx
		.updateTable("sandboxes")
		.set({ state: "lost" })
		.where("id", "=", id)
		.where("state", "=", "warming")
		.execute();
	await tx
		.updateTable("warm_hints")
		.set({ outcome: "failed" })
		.where("sandbox_id", "=", id)
		.where("session_id", "is", null)
		.execute();
}

/**
 * Whoever made sandboxes for this provider is gone: sessions that wait for one of them look for another one, and so do
 * hints.
 */
export async function markOrphans(tx: Tx, provider: string): Promise<void> {
	await sql`
		with orphans as (
			update sandboxes set state = 'lost'
			where provider = ${provider} and state = 'warming' and deleted_at is null
			returning id
		)
		update warm_hints set sandbox_id = null
		where sandbox_id in (select id from orphans) and session_id is null
	`.execute(tx);
}

/** From here on nobody can claim it. Undefined: somebody had, or it is gone. */
export async function takeFromPool(tx: Tx, id: string): Promise<{ name: string } | undefined> {
	return tx
		.updateTable("sandboxes")
		.set({ state: "lost" })
		.where("id", "=", id)
		.where("session_id", "is", null)
		.where("deleted_at", "is", null)
		.returning("name")
		.executeTakeFirst();
}

export async function markDeleted(tx: Tx, id: string, at: Date): Promise<void> {
	await tx
		.updateTable("sandboxes")
		.set({ state: "deleted", deleted_at: at })
		.where("id", "=", id)
		.where("session_id", "is", null)
		.execute();
}

export async function noteCheck(tx: Tx, id: string, at: Date): Promise<void> {
	await tx.updateTable("sandboxes").set({ checked_at: at }).where("id", "=", id).execute();
}

/** An unclaimed sandbox that is warm; undefined when it is not any more. */
export function findWarm(tx: Tx, id: string) {
	return tx
		.selectFrom("sandboxes")
		.select(["id", "name", "token_hash"])
		.where("id", "=", id)
		.where("session_id", "is", null)
		.where("state", "=", "warm")
		.executeTakeFirst();
}

export async function hasWarm(tx: Tx, of: { repositoryId: string; provider: string }): Promise<boolean> {
	const row = await tx
		.selectFrom("sandboxes")
		.select("id")
		.where("session_id", "is", null)
		.where("state", "=", "warm")
		.where("repository_id", "=", of.repositoryId)
		.where("provider", "=", of.provider)
		.limit(1)
		.executeTakeFirst();
	return row !== undefined;
}

/** Another instance of Bobbin lives, or died a moment ago. */
export async function hasOtherInstances(tx: Tx, instanceId: string): Promise<boolean> {
	const other = await tx
		.selectFrom("instances")
		.select("id")
		.where("id", "<>", instanceId)
		.limit(1)
		.executeTakeFirst();
	return other !== undefined;
}
