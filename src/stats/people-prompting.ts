import { sql } from "kysely";
import type { PeoplePrompting } from "../contract/stats.ts";
import type { Db } from "../db/client.ts";
import { ofTeam } from "./of-team.ts";

/** People who wrote a prompt in the last five minutes before `until`, wherever they wrote it. */
export async function readPeoplePrompting(
	db: Db,
	{ until, teamId }: { until: Date; teamId?: string },
): Promise<PeoplePrompting> {
	const since = new Date(until.getTime() - 5 * 60_000);
	const { rows } = await sql<PeoplePrompting>`
		select count(distinct author_id)::int as people
		from prompts
		where created_at >= ${since} and created_at <= ${until} and author_id is not null
			and ${ofTeam(teamId, sql.ref("prompts.session_id"))}
	`.execute(db);
	return rows[0] ?? { people: 0 };
}
