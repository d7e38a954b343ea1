import type { Tx } from "../db/client.ts";
import { routeSessionJob, runPromptJob, showThreadJob } from "../jobs/queue.ts";
import { appendEvents } from "./event-store.ts";
import { toTitle } from "./names.ts";
import { findByKey, insertPrompt, readOpenPrompts } from "./prompt-store.ts";
import {
	chooseSessionId,
	findThread,
	insertSession,
	lockSession,
	lockThread,
	setStatus,
} from "./session-store.ts";
import type { Sessions } from "./sessions.ts";
import { toStorableText } from "./storable.ts";
import type { UseCaseDeps } from "./use-case.ts";

export function createAcceptThreadPrompt(deps: UseCaseDeps): Sessions["acceptThreadPrompt"] {
	return ({ thread, prompt }) =>
		deps.db.transaction().execute(async (tx) => {
			const at = new Date(deps.now());
			const promptId = deps.newId();
			let found = await findThread(tx, thread);
			if (!found) {
				await lockThread(tx, thread);
				found = await findThread(tx, thread);
			}
			if (found) {
				const session = await lockSession(tx, found.sessionId);
				// The lock comes first: only then is an equal prompt of a moment ago seen.
				const known = await findByKey(tx, prompt.idempotencyKey);
				if (known) return { outcome: "duplicate", ...known };
				await addPrompt(tx, session, promptId);
				return { outcome: "joined", sessionId: session.id, promptId };
			}
			const known = await findByKey(tx, prompt.idempotencyKey);
			if (known) return { outcome: "duplicate", ...known };
			const sessionId = await chooseSessionId(tx, deps.newId);
			const title = toTitle(toStorableText(prompt.text));
			await insertSession(tx, { id: sessionId, title, thread, at });
			await insertPrompt(tx, { id: promptId, sessionId, prompt, at });
			await appendEvents(
				tx,
				sessionId,
				[
					{ type: "session.created", data: { title, personId: prompt.authorId } },
					{ type: "prompt.queued", data: { promptId, position: 1 } },
				],
				at,
			);
			await deps.enqueue(tx, routeSessionJob, { version: 1, sessionId }, { key: sessionId });
			await deps.enqueue(tx, showThreadJob, { version: 1, sessionId }, { key: sessionId });
			return { outcome: "started", sessionId, promptId };

			async function addPrompt(tx: Tx, session: Awaited<ReturnType<typeof lockSession>>, id: string) {
				const waiting = (await readOpenPrompts(tx, session.id)).filter((open) => open.status === "queued");
				await insertPrompt(tx, { id, sessionId: session.id, prompt, at });
				const position = waiting.length + 1;
				await appendEvents(tx, session.id, [{ type: "prompt.queued", data: { promptId: id, position } }], at);
				const job = { version: 1 as const, sessionId: session.id };
				if (session.status === "ended") await setStatus(tx, session.id, "ready", at);
				if (session.status === "ready" || session.status === "ended")
					await deps.enqueue(tx, runPromptJob, job, { key: session.id });
				// The new words may be the answer to the question that was asked. While the repository is being found out
				// they are read with the rest, unless all the rest was cancelled: then nobody looks any more.
				if (session.status === "asking" || (session.status === "routing" && waiting.length === 0))
					await deps.enqueue(tx, routeSessionJob, job, { key: session.id });
				await deps.enqueue(tx, showThreadJob, job, { key: session.id });
			}
		});
}
