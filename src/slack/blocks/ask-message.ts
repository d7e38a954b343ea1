import type { Button, KnownBlock, PlainTextOption } from "@slack/types";
import type { PromptView, SessionView } from "../../sessions/session-view.ts";
import { cut, plainLine } from "../text/escape.ts";
import { NO_REPOSITORY, PICK_REPOSITORY, pairValue } from "./actions.ts";
import { button, contextLine, fallback, type OutgoingMessage, section } from "./message.ts";

const MAX_QUICK = 3;
const MAX_OPTION_CHARACTERS = 75;

/** Whether a prompt waits to hear which repository is meant: the first in the line of a session that asks. */
export function asksRepository(
	session: Pick<SessionView, "status">,
	prompt: Pick<PromptView, "position">,
): boolean {
	return session.status === "asking" && prompt.position === 1;
}

/** Asks the thread for the repository, in the place of the status of the prompt that waits for it. */
export function askMessage(
	session: Pick<SessionView, "id" | "askReason" | "candidates">,
	{ notes, cancel }: { notes: string[]; cancel: Button },
): OutgoingMessage {
	const words = "🤔 *Which repository is this for?* Pick one and I start with your message as it is.";
	const blocks: KnownBlock[] = [
		section(words),
		...pickBlocks(session, [cancel]),
		...(notes.length === 0 ? [] : [contextLine(notes.join(" · "))]),
	];
	return { text: fallback(words), blocks };
}

/** A repository as an option of a select. */
export function repositoryOption(found: {
	repositoryId: string;
	repository: string;
	description?: string;
}): PlainTextOption {
	const description = found.description?.replace(/\s+/g, " ").trim();
	return {
		text: { type: "plain_text", text: cut(found.repository, MAX_OPTION_CHARACTERS) },
		value: found.repositoryId,
		...(description
			? { description: { type: "plain_text", text: cut(description, MAX_OPTION_CHARACTERS) } }
			: {}),
	};
}

export const noRepositoryOption: PlainTextOption = {
	text: { type: "plain_text", text: "No repository needed" },
	value: NO_REPOSITORY,
};

/** Why it is asked, the best guesses as buttons, all repositories in a list, and `more` buttons. */
export function pickBlocks(
	session: Pick<SessionView, "id" | "askReason" | "candidates">,
	more: Button[] = [],
): KnownBlock[] {
	const quick: Button[] = session.candidates
		.slice(0, MAX_QUICK)
		.map((candidate, index) =>
			button(
				candidate.repository,
				`pick_repository_quick_${index}`,
				pairValue(session.id, candidate.repositoryId),
			),
		);
	return [
		...(session.askReason ? [contextLine(plainLine(session.askReason, 200))] : []),
		{
			type: "actions",
			block_id: pairValue(session.id, "pick"),
			elements: [
				...quick,
				{
					type: "external_select",
					action_id: PICK_REPOSITORY,
					placeholder: { type: "plain_text", text: "Search all repositories" },
					min_query_length: 0,
				},
				...more,
			],
		},
	];
}
