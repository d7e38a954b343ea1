import type { Db } from "../../db/client.ts";
import { deleteIntent } from "../pull-requests/opening-store.ts";
import { readOfSession } from "../pull-requests/pull-request-store.ts";
import type { Sessions } from "../sessions.ts";

/** @throws AppError (retryable) where GitHub cannot be asked; what is closed or merged already stays as it is */
export interface CloseHost {
	closePullRequest(input: { owner: string; name: string; number: number }): Promise<void>;
}

/** Ends an attempt that was not picked: its work stops and its pull requests are closed. May be done again. */
export function createCloseAttempt(deps: { db: Db; github: CloseHost; sessions: Pick<Sessions, "stop"> }) {
	return async ({ sessionId, personId }: { sessionId: string; personId: string }): Promise<void> => {
		await deps.sessions.stop({ sessionId, personId });
		for (const row of await readOfSession(deps.db, sessionId)) {
			if (row.state === "intended") await deleteIntent(deps.db, row.id);
			if (row.state === "open" && row.number !== null)
				await deps.github.closePullRequest({ owner: row.owner, name: row.name, number: row.number });
		}
	};
}
