import { recordAudit } from "../../people/audit.ts";
import { sessionNotFound } from "../session-store.ts";
import type { Sessions } from "../sessions.ts";
import type { UseCaseDeps } from "../use-case.ts";
import { lockSent, replaceSent } from "./context-store.ts";
import { dropSaid, listSaid } from "./said.ts";

/** Takes messages out of what is sent with a prompt, while it waits or before it is tried again. */
export function createDropContext(deps: UseCaseDeps): Sessions["dropContext"] {
	return ({ sessionId, promptId, personId, drop }) =>
		deps.db.transaction().execute(async (tx) => {
			const prompt = await lockSent(tx, promptId);
			if (prompt?.session_id !== sessionId) throw sessionNotFound();
			if (prompt.status !== "queued" && prompt.status !== "failed" && prompt.status !== "stopped") {
				return { outcome: "too_late" };
			}
			const said = listSaid(prompt.context);
			const wanted = [...new Set(drop)].filter(
				(index) => said[index]?.dropped === undefined && index < said.length,
			);
			if (wanted.length === 0) return { outcome: "dropped", messages: 0 };
			await replaceSent(tx, promptId, { context: dropSaid(prompt.context, wanted) });
			const act = {
				personId,
				...(personId === null ? { actor: "local" } : {}),
				...{ action: "prompt.context_dropped", sessionId, data: { promptId, messages: wanted.length } },
			};
			await recordAudit(tx, act, new Date(deps.now()));
			return { outcome: "dropped", messages: wanted.length };
		});
}
