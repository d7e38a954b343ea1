import { sql } from "kysely";
import type { Tx } from "../../db/client.ts";
import type { SandboxRow } from "./sandbox-store.ts";

/** Rung whenever the warm pool may have something to do. */
export const POOL_CHANNEL = "warm_pool";
/** For a hint by the same person, of whatever sandbox. */
const HINT_LIFE_MINUTES = 10;
/** Where none was made yet. */
const USUAL_SECONDS = 4;
/** A slow machine makes a new one as slowly. Whoever makes it is known to live: `markOrphans` sees to that. */
const PATIENCE_SECONDS = 60;

/** Rings at the end of the transaction. */
export async function ringPool(tx: Tx): Promise<void> {
	await sql`select pg_notify(${POOL_CHANNEL}, '')`.execute(tx);
}

/**
 * Gives a session a warm sandbox of its repository, if there is one: of the newest image, the freshest. One statement:
 * two never get the same, and none waits for another. Where none is warm one that is under way is taken (its state is
 * `warming`, see `findMade`), unless it is overdue: making another would take longer than waiting for it. Hints that
 * wanted this sandbox, or that the session's people gave for its repository, are noted as hits. The pool is rung
 * whatever comes of it: a session begins.
 */
export async function claimWarmSandbox(
	tx: Tx,
	input: { sessionId: string; repositoryId: string; provider: string; readyOnly?: boolean },
): Promise<SandboxRow | undefined> {
	const { sessionId, repositoryId, provider, readyOnly = false } = input;
	const { rows } = await sql<SandboxRow>`
		with chosen as (
			select s.id from sandboxes s left join images i on i.id = s.image_id
			where s.session_id is null and s.deleted_at is null
				and s.repository_id = ${repositoryId} and s.provider = ${provider}
				and (s.state = 'warm' or (
					s.state = 'warming' and not ${readyOnly}::boolean
					and s.created_at > now() - make_interval(secs => ${usualSeconds({ repositoryId, provider })})
				))
			order by s.state = 'warm' desc, i.started_at desc nulls last, s.created_at desc
			limit 1 for update of s skip locked
		), claimed as (
			update sandboxes s
			set session_id = ${sessionId}, claimed_at = now(), state = case s.state when 'warm' then 'ready' else s.state end
			from chosen where s.id = chosen.id
			returning s.*
		), hit as (
			update warm_hints h set session_id = ${sessionId}, hit_at = now()
			from claimed c
			where h.session_id is null and h.outcome in ('made', 'present') and (h.sandbox_id = c.id or (
				h.repository_id = ${repositoryId} and h.at > now() - make_interval(mins => ${HINT_LIFE_MINUTES})
				and h.person_id in (select author_id from prompts where session_id = ${sessionId})
			))
		)
		select id, provider, name, token_hash, branch, session_id, repository_id, image_id, missed_after_seq, state,
			cloned_at
		from claimed
	`.execute(tx);
	await ringPool(tx);
	return rows[0];
}

/** How a sandbox fares that was claimed while it was being made. */
export async function findMade(
	tx: Tx,
	row: { id: string },
): Promise<{ outcome: "made"; row: SandboxRow } | { outcome: "under_way" } | { outcome: "gone" }> {
	const { rows } = await sql<SandboxRow & { overdue: boolean }>`
		select s.id, s.provider, s.name, s.token_hash, s.branch, s.session_id, s.repository_id, s.image_id,
			s.missed_after_seq, s.state, s.cloned_at,
			s.claimed_at < now() - make_interval(secs => ${PATIENCE_SECONDS} + 2 * (
				${usualSeconds({ repositoryId: sql.ref("s.repository_id"), provider: sql.ref("s.provider") })}
			)) as overdue
		from sandboxes s where s.id = ${row.id} and s.deleted_at is null
	`.execute(tx);
	const [found] = rows;
	if (found === undefined || found.state === "lost") return { outcome: "gone" };
	if (found.state !== "warming") return { outcome: "made", row: found };
	return { outcome: found.overdue ? "gone" : "under_way" };
}

/** How long making one took, the median of the last ten. */
function usualSeconds(of: { repositoryId: unknown; provider: unknown }) {
	return sql`(
		select coalesce(
			percentile_cont(0.5) within group (order by extract(epoch from recent.warmed_at - recent.created_at)),
			${USUAL_SECONDS}
		)
		from (
			select m.warmed_at, m.created_at from sandboxes m
			where m.repository_id = ${of.repositoryId} and m.provider = ${of.provider} and m.warmed_at is not null
			order by m.created_at desc limit 10
		) recent
	)`;
}
