import { showThreadJob } from "../jobs/queue.ts";
import { appendEvents } from "./log/event-store.ts";
import { toStorableText } from "./log/storable.ts";
import { toTitle } from "./names.ts";
import { lockSession } from "./session-store.ts";
import type { Sessions } from "./sessions.ts";
import type { UseCaseDeps } from "./use-case.ts";

export function createRenameSession(deps: UseCaseDeps): Sessions["renameSession"] {
	return ({ sessionId, personId, title: wanted }) =>
		deps.db.transaction().execute(async (tx) => {
			const at = new Date(deps.now());
			const session = await lockSession(tx, sessionId);
			const title = toTitle(toStorableText(wanted));
			if (title === session.title) return { outcome: "same", title };
			await tx.updateTable("sessions").set({ title, updated_at: at }).where("id", "=", sessionId).execute();
			await appendEvents(tx, sessionId, [{ type: "session.renamed", data: { title, personId } }], at);
			await deps.enqueue(tx, showThreadJob, { version: 1, sessionId }, { key: sessionId });
			return { outcome: "renamed", title };
		});
}
