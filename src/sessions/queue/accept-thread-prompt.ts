import type { Tx } from "../../db/client.ts";
import { askToLinkJob, routeSessionJob, runPromptJob, showThreadJob } from "../../jobs/queue.ts";
import type { Access } from "../../people/access.ts";
import { insertGroup } from "../attempts/attempt-store.ts";
import { toCareEvents } from "../context/count-masked.ts";
import { maskPrompt } from "../context/mask-prompt.ts";
import { appendEvents } from "../log/event-store.ts";
import { toStorableText } from "../log/storable.ts";
import { toTitle } from "../names.ts";
import type { Mask } from "../ports.ts";
import {
	chooseSessionId,
	findThread,
	insertSession,
	lockSession,
	lockThread,
	setStatus,
} from "../session-store.ts";
import type { Sessions } from "../sessions.ts";
import type { UseCaseDeps } from "../use-case.ts";
import { mustLinkFirst } from "./hold-store.ts";
import { makeRoom } from "./place-by-time.ts";
import { findByKey, insertPrompt, readUnheldPrompts } from "./prompt-store.ts";

export function createAcceptThreadPrompt(
	deps: UseCaseDeps & {
		/** Whether people can connect GitHub accounts here. Left out: they cannot, so nothing waits for it. */
		canLink?: boolean;
		access: Pick<Access, "allowed">;
		mask: Mask;
	},
): Sessions["acceptThreadPrompt"] {
	return async ({ thread, prompt: given, start: { attempts, ...start } = {} }) => {
		const { prompt, masked } = await maskPrompt(deps.mask, given);
		return deps.db.transaction().execute(async (tx) => {
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
				askBeside(session.repository_id);
				await addPrompt(tx, session, promptId);
				return { outcome: "joined", sessionId: session.id, promptId };
			}
			const known = await findByKey(tx, prompt.idempotencyKey);
			if (known) return { outcome: "duplicate", ...known };
			const sessionId = await chooseSessionId(tx, deps.newId);
			const title = toTitle(toStorableText(prompt.text));
			const held = await findHold(tx);
			await insertSession(tx, { id: sessionId, title, thread, ...start, at });
			await insertPrompt(tx, { id: promptId, sessionId, prompt, masked, held, at });
			if (attempts)
				await insertGroup(tx, {
					id: deps.newId(),
					sessionId,
					count: attempts.count,
					models: attempts.models,
					at,
				});
			await appendEvents(
				tx,
				sessionId,
				[
					{ type: "session.created", data: { title, personId: prompt.authorId } },
					{ type: "prompt.queued", data: { promptId, position: 1 } },
					...toCareEvents(promptId, { masked, files: prompt.files }),
				],
				at,
			);
			// Whose words are held, of them nothing is made before it is known what they may use.
			if (held) await hold(tx, sessionId);
			else await deps.enqueue(tx, routeSessionJob, { version: 1, sessionId }, { key: sessionId });
			await deps.enqueue(tx, showThreadJob, { version: 1, sessionId }, { key: sessionId });
			return { outcome: "started", sessionId, promptId };

			/** The turn asks the same in a moment; GitHub may have answered by then. */
			function askBeside(repositoryId: string | null): void {
				if (repositoryId === null) return;
				const repositoryIds = [repositoryId];
				deps.access.allowed({ personId: prompt.authorId, repositoryIds, need: "read" }).catch(() => {});
			}

			async function addPrompt(tx: Tx, session: Awaited<ReturnType<typeof lockSession>>, id: string) {
				const waiting = (await readUnheldPrompts(tx, session.id)).filter((open) => open.status === "queued");
				const held = await findHold(tx);
				const number = await makeRoom(tx, session.id, prompt.origin);
				await insertPrompt(tx, { id, sessionId: session.id, prompt, held, number, at });
				const ahead = number === null ? waiting : waiting.filter((open) => open.number < number);
				const position = ahead.length + 1;
				const care = toCareEvents(id, { masked, files: prompt.files });
				await appendEvents(
					tx,
					session.id,
					[{ type: "prompt.queued", data: { promptId: id, position } }, ...care],
					at,
				);
				const job = { version: 1 as const, sessionId: session.id };
				if (held) {
					await hold(tx, session.id);
					await deps.enqueue(tx, showThreadJob, job, { key: session.id });
					return;
				}
				if (session.status === "ended") await setStatus(tx, session.id, "ready", at);
				if (session.status === "ready" || session.status === "ended")
					await deps.enqueue(tx, runPromptJob, job, { key: session.id });
				// The new words may be the answer to the question that was asked. While the repository is being found out
				// they are read with the rest, unless all the rest was cancelled: then nobody looks any more.
				if (session.status === "asking" || (session.status === "routing" && waiting.length === 0))
					await deps.enqueue(tx, routeSessionJob, job, { key: session.id });
				await deps.enqueue(tx, showThreadJob, job, { key: session.id });
			}

			async function findHold(tx: Tx): Promise<"link" | null> {
				return deps.canLink && (await mustLinkFirst(tx, prompt)) ? "link" : null;
			}

			async function hold(tx: Tx, sessionId: string) {
				await appendEvents(tx, sessionId, [{ type: "prompt.held", data: { promptId, why: "link" } }], at);
				const job = { version: 1 as const, sessionId, personId: prompt.authorId };
				await deps.enqueue(tx, askToLinkJob, job, { key: prompt.authorId });
			}
		});
	};
}
