import type { App } from "@slack/bolt";
import { z } from "zod";
import {
	NO_REPOSITORY,
	PICK_REPOSITORY,
	PICK_REPOSITORY_QUICK,
	readId,
	readPair,
} from "../blocks/actions.ts";
import { noRepositoryOption, repositoryOption } from "../blocks/ask-message.ts";
import { type Click, onClick } from "./action.ts";
import type { ListenerDeps } from "./deps.ts";

const MAX_OPTIONS = 50;
const suggestion = z.looseObject({ value: z.string(), block_id: z.string() });

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
		await ack({ options: await options(deps, pair.sessionId, asked.data.value.trim()) });
	});
}

async function options(deps: ListenerDeps, sessionId: string, query: string) {
	const found = await deps.sessions.searchRepositories({ query, limit: MAX_OPTIONS });
	if (query !== "") return found.map(repositoryOption);
	const { candidates } = await deps.sessions.view(sessionId);
	const guessed = new Set(candidates.map(({ repositoryId }) => repositoryId));
	const rest = found.filter(({ repositoryId }) => !guessed.has(repositoryId));
	return [...[...candidates, ...rest].map(repositoryOption), noRepositoryOption].slice(0, 100);
}

async function pick(
	deps: ListenerDeps,
	{ personName, whisper }: Click,
	chosen: { sessionId: string; second: string } | null,
): Promise<void> {
	if (chosen === null) return;
	const repositoryId = chosen.second === NO_REPOSITORY ? null : readId(chosen.second);
	if (repositoryId === null && chosen.second !== NO_REPOSITORY) return;
	const result = await deps.sessions.chooseRepository({
		sessionId: chosen.sessionId,
		repositoryId,
		routing: { how: "picked", reason: `picked by ${personName}`, confidence: null },
	});
	if (result.outcome === "repository_gone") {
		await whisper("That repository is no longer there for me. Please pick another one.");
	}
	await deps.showNow(chosen.sessionId);
}
