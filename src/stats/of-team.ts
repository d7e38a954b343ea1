import { type RawBuilder, sql } from "kysely";

/** A condition: the session has a thread in the workspace. Undefined: every session counts. */
export function ofTeam(teamId: string | undefined, sessionId: RawBuilder<unknown>): RawBuilder<boolean> {
	if (teamId === undefined) return sql`true`;
	return sql`exists (select from threads where threads.session_id = ${sessionId} and threads.team_id = ${teamId})`;
}
