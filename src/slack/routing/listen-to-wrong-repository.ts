import type { App } from "@slack/bolt";
import { AppError } from "../../errors.ts";
import type { Sessions } from "../../sessions/sessions.ts";
import { MOVE_SESSION, readId, readPair, WRONG_REPOSITORY } from "../blocks/actions.ts";
import { repositoryOption } from "../blocks/ask-message.ts";
import { fallback, type OutgoingMessage, section } from "../blocks/message.ts";
import { onClick } from "../listeners/action.ts";
import { answerRepositoryList, MAX_OPTIONS } from "../listeners/answer-repository-list.ts";
import type { ListenerDeps } from "../listeners/deps.ts";
import { codeSpan, escapeMrkdwn } from "../text/escape.ts";
import { moveMessage } from "./wrong-repository.ts";

/** "Wrong repository?": a private list of what the person may change; what they pick is where the session goes on. */
export function listenToWrongRepository(app: App, deps: ListenerDeps): void {
	const { sessions } = deps;

	onClick(app, deps, WRONG_REPOSITORY, async ({ value, whisper }) => {
		const sessionId = readId(value);
		if (sessionId !== null) await whisper(moveMessage(await sessions.view(sessionId)));
	});

	onClick(app, deps, MOVE_SESSION, async ({ blockId, selected, personId, replace }) => {
		const pair = readPair(blockId);
		const repositoryId = readId(selected);
		if (pair === null || repositoryId === null) return;
		const { sessionId } = pair;
		try {
			const { outcome } = await sessions.moveSession({ sessionId, personId, repositoryId });
			const { repository, movingTo } = await sessions.view(sessionId);
			const name = movingTo ?? repository?.fullName ?? "";
			await replace(say(OUTCOME_WORDS[outcome](codeSpan(name))));
		} catch (error) {
			if (!(error instanceof AppError)) throw error;
			await replace(say(escapeMrkdwn(error.message)));
		}
		await deps.showNow(sessionId);
	});

	answerRepositoryList(app, deps, MOVE_SESSION, async ({ personId, blockId, query }) => {
		const pair = readPair(blockId);
		if (pair === null) return [];
		const search = { personId, query, limit: MAX_OPTIONS, need: "write" as const };
		const [found, { repository }] = await Promise.all([
			sessions.searchRepositories(search),
			sessions.view(pair.sessionId),
		]);
		return found.filter(({ repositoryId }) => repositoryId !== repository?.id).map(repositoryOption);
	});
}

type Outcome = Awaited<ReturnType<Sessions["moveSession"]>>["outcome"];

/** What the person hears; `name` is where the session is, or goes, after it. */
const OUTCOME_WORDS: Record<Outcome, (name: string) => string> = {
	moving: (name) => `➡️ On its way to ${name}. I remember it for similar requests here.`,
	already_there: (name) => `It is in ${name} already.`,
	chosen: (name) => `👉 It goes on in ${name}.`,
	already_chosen: (name) => `Somebody was faster: it is in ${name}. Press the button once more to move it.`,
	repository_gone: () =>
		"That repository is not there for you and me. Press the button once more to pick another.",
	read_only: () =>
		"You may read that repository at GitHub, but not change it. Somebody who may can move this there.",
	not_linked: () => "Connect your GitHub account first: then I know what you may change.",
};

function say(mrkdwn: string): OutgoingMessage {
	return { text: fallback(mrkdwn), blocks: [section(mrkdwn)] };
}
