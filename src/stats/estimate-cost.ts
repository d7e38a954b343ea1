import { sql } from "kysely";
import type { Tx } from "../db/client.ts";
import type { CostEstimate } from "../db/schema/prompts.ts";

/** So many of the newest count: prices and agents change. */
const NEWEST = 200;
const FEWEST = 5;

/**
 * What work of a prompt's kind usually costs: median and p90 of what the newest prompts of that kind cost that are done,
 * in the repository of its session, else in all that its workspace works in. Those that cost nothing (no model was asked,
 * or one without a price) are left out. null: no kind is known, or fewer than five are done.
 */
export async function estimateCost(tx: Tx, promptId: string): Promise<CostEstimate | null> {
	const { rows } = await sql<CostEstimate & { here: boolean; prompts: number }>`
		with asked as (
			select p.id, p.kind, s.repository_id, t.team_id
			from prompts p
			join sessions s on s.id = p.session_id
			join threads t on t.session_id = s.id
			where p.id = ${promptId} and p.kind is not null
			order by t.created_at limit 1
		), costs as (
			(select true as here, p.cost_usd
			from asked
			join prompts p on p.kind = asked.kind and p.repository_id = asked.repository_id and p.status = 'done'
			where p.cost_usd > 0
				and exists (select from threads t where t.session_id = p.session_id and t.team_id = asked.team_id)
			order by p.finished_at desc limit ${NEWEST})
			union all
			(select false, p.cost_usd
			from asked
			join prompts p on p.kind = asked.kind and p.status = 'done'
			where p.cost_usd > 0
				and exists (select from threads t where t.session_id = p.session_id and t.team_id = asked.team_id)
			order by p.finished_at desc limit ${NEWEST})
		)
		select here, count(*)::int as prompts,
			percentile_cont(0.5) within group (order by cost_usd) as "medianUsd",
			percentile_cont(0.9) within group (order by cost_usd) as "p90Usd"
		from costs group by here having count(*) >= ${FEWEST} order by here desc
	`.execute(tx);
	const [best] = rows;
	return best ? { medianUsd: best.medianUsd, p90Usd: best.p90Usd } : null;
}
