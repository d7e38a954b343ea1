import type { App } from "@slack/bolt";
import { z } from "zod";
import { AppError } from "../../errors.ts";
import {
	NO_REPOSITORY,
	PICK_REPOSITORY,
	PICK_REPOSITORY_QUICK,
	readId,
	readPair,
} from "../blocks/actions.ts";
import { noRepositoryOption, repositoryOption } from "../blocks/ask-message.ts";
import { type Click, onClick, place, teamOf } from "./action.ts";
import { admit } from "./admit.ts";
import type { ListenerDeps } from "./deps.ts";

const MAX_OPTIONS = 50;
const suggestion = z.looseObject({
	value: z.string(),
	block_id: z.string(),
	...place.shape,
	user: z.looseObject({ id: z.string() }),
});

/** The answer to "which repository": quick buttons, and a select that searches all of them. */
export function listenToPickRepository(app: App, deps: ListenerDeps): void {
	onClick(app, deps, PICK_REPOSITORY_QUICK, (click) => pick(deps, click, readPair(click.value)));
	onClick(app, deps, PICK_REPOSITORY, (click) => {
		const pair = readPair(click.blockId);
		return pick(deps, click, pair && { sessionId: pair.sessionId, second: click.selected ?? "" });
	});

	app.options(PICK_REPOSITORY, async ({ ack, body }) => {
		const asked = suggestion.safeParse(body);
		const pair = readPair(asked.data?.block_id);
		if (!asked.success || pair === null) {
			await ack({ options: [] });
			return;
		}
		const { value, user } = asked.data;
		const admission = await admit(deps, { teamId: teamOf(asked.data), userId: user.id });
		if (admission.outcome === "refused") {
			await ack({ options: [] });
			return;
		}
		const { personId } = admission;
		const found = await options(deps, { personId, sessionId: pair.sessionId, query: value.trim() }).catch(
			(error: unknown) => {
				// Slack has no words for it in a list; it asks again with the next letter.
				if (!(error instanceof AppError)) throw error;
				deps.log.warn({ err: error }, "repositories could not be offered");
				return [];
			},
		);
		await ack({ options: found });
	});
}

/** What whoever opens the list may use; of that, what was guessed comes first. */
async function options(
	deps: ListenerDeps,
	{ personId, sessionId, query }: { personId: string; sessionId: string; query: string },
) {
	const found = await deps.sessions.searchRepositories({ personId, query, limit: MAX_OPTIONS });
	if (query !== "") return found.map(repositoryOption);
	const { candidates } = await deps.sessions.view(sessionId);
	const guessed = new Set(candidates.map(({ repositoryId }) => repositoryId));
	const inOrder = found.toSorted(
		(a, b) => Number(guessed.has(b.repositoryId)) - Number(guessed.has(a.repositoryId)),
	);
	return [...inOrder.map(repositoryOption), noRepositoryOption];
}

async function pick(
	deps: ListenerDeps,
	{ personId, personName, whisper }: Click,
	chosen: { sessionId: string; second: string } | null,
): Promise<void> {
	if (chosen === null) return;
	const repositoryId = chosen.second === NO_REPOSITORY ? null : readId(chosen.second);
	if (repositoryId === null && chosen.second !== NO_REPOSITORY) return;
	try {
		const result = await deps.sessions.chooseRepository({
			sessionId: chosen.sessionId,
			personId,
			repositoryId,
			routing: { how: "picked", reason: `picked by ${personName}`, confidence: null },
		});
		if (result.outcome === "repository_gone") {
			await whisper("That repository is not there for you and me. Please pick another one.");
		}
	} catch (error) {
		if (!(error instanceof AppError)) throw error;
		await whisper(error.message);
	}
	await deps.showNow(chosen.sessionId);
}
