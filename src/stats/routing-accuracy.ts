import { sql } from "kysely";
import type { RoutingAccuracy } from "../contract/stats.ts";
import type { Db } from "../db/client.ts";
import type { Period } from "./period.ts";

type Rung = RoutingAccuracy["rungs"][number];

/** People chose by these: there was nothing to be right or wrong about. */
const BY_PEOPLE: ReadonlySet<Rung["how"]> = new Set(["picked", "api"]);

/**
 * How often the first choice of a session's repository (or of none) stood, by the rung that made it. A session counts if
 * it began in the period and its repository was settled; its choice was wrong if anybody ever moved it. The total leaves
 * out what people chose themselves.
 */
export async function readRoutingAccuracy(db: Db, { since, until }: Period): Promise<RoutingAccuracy> {
	const { rows } = await sql<Omit<Rung, "share">>`
		select how, count(*)::int as routed, count(*) filter (where moved)::int as moved
		from (
			select coalesce(first.how, sessions.routing ->> 'how') as how, first.how is not null as moved
			from sessions left join lateral (
				select how from routing_corrections where session_id = sessions.id order by at limit 1
			) first on true
			where sessions.created_at >= ${since} and sessions.created_at < ${until} and sessions.routing is not null
		) choices
		group by how order by count(*) desc, how
	`.execute(db);
	const guessed = rows.filter(({ how }) => !BY_PEOPLE.has(how));
	const sum = (of: "routed" | "moved") => guessed.reduce((total, row) => total + row[of], 0);
	return { ...withShare({ routed: sum("routed"), moved: sum("moved") }), rungs: rows.map(withShare) };
}

function withShare<Counted extends { routed: number; moved: number }>(row: Counted) {
	return { ...row, share: row.routed === 0 ? null : (row.routed - row.moved) / row.routed };
}
