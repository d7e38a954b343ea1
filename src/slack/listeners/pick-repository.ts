import type { App } from "@slack/bolt";
import { AppError } from "../../errors.ts";
import {
	NO_REPOSITORY,
	PICK_REPOSITORY,
	PICK_REPOSITORY_QUICK,
	readId,
	readPair,
} from "../blocks/actions.ts";
import { noRepositoryOption, repositoryOption } from "../blocks/ask-message.ts";
import { codeSpan } from "../text/escape.ts";
import { type Click, onClick } from "./action.ts";
import { answerRepositoryList, MAX_OPTIONS } from "./answer-repository-list.ts";
import type { ListenerDeps } from "./deps.ts";

/** The answer to "which repository": quick buttons, and a select that searches all of them. */
export function listenToPickRepository(app: App, deps: ListenerDeps): void {
	onClick(app, deps, PICK_REPOSITORY_QUICK, (click) => pick(deps, click, readPair(click.value)));
	onClick(app, deps, PICK_REPOSITORY, (click) => {
		const pair = readPair(click.blockId);
		return pick(deps, click, pair && { sessionId: pair.sessionId, second: click.selected ?? "" });
	});

	answerRepositoryList(app, deps, PICK_REPOSITORY, (asked) => options(deps, asked));
}

/** What whoever opens the list may use; of that, what was guessed comes first. */
async function options(
	deps: ListenerDeps,
	{ personId, blockId, query }: { personId: string; blockId: string; query: string },
) {
	const pair = readPair(blockId);
	if (pair === null) return [];
	const found = await deps.sessions.searchRepositories({ personId, query, limit: MAX_OPTIONS });
	if (query !== "") return found.map(repositoryOption);
	const { candidates } = await deps.sessions.view(pair.sessionId);
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
		if (result.outcome === "already_chosen") {
			const { repository } = await deps.sessions.view(chosen.sessionId);
			const name = repository === null ? "no repository" : codeSpan(repository.fullName);
			if ((repository?.id ?? null) !== repositoryId)
				await whisper(`Somebody was faster: it is in ${name}. “Wrong repository?” moves it.`);
		}
	} catch (error) {
		if (!(error instanceof AppError)) throw error;
		await whisper(error.message);
	}
	await deps.showNow(chosen.sessionId);
}
