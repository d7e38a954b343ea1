import type { Button, KnownBlock, PlainTextOption } from "@slack/types";
import type { SessionView } from "../../sessions/session-view.ts";
import { codeSpan, cut, plainLine } from "../text/escape.ts";
import { NO_REPOSITORY, PICK_REPOSITORY, pairValue } from "./actions.ts";
import { button, contextLine, fallback, type OutgoingMessage, section } from "./message.ts";

const MAX_QUICK = 3;
const MAX_OPTION_CHARACTERS = 75;

/** Asks the thread for the repository; once it is settled the same message says what was settled. */
export function askMessage(
	session: Pick<SessionView, "id" | "status" | "repository" | "routing" | "askReason" | "candidates">,
): OutgoingMessage {
	return session.status === "asking" ? question(session) : settled(session);
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

function question(session: Pick<SessionView, "id" | "askReason" | "candidates">): OutgoingMessage {
	const words = "*Which repository is this for?* Pick one and I start with your message as it is.";
	const blocks: KnownBlock[] = [section(words), ...pickBlocks(session)];
	return { text: fallback(words), blocks };
}

/** Why it is asked, the best guesses as buttons, and all repositories in a list. */
export function pickBlocks(session: Pick<SessionView, "id" | "askReason" | "candidates">): KnownBlock[] {
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
			],
		},
	];
}

function settled(session: Pick<SessionView, "repository" | "routing">): OutgoingMessage {
	const where = session.repository === null ? "No repository" : codeSpan(session.repository.fullName);
	const why = session.routing === null ? "" : ` — ${plainLine(session.routing.reason, 200)}`;
	const line = `👉 ${where}${why}`;
	return { text: fallback(line), blocks: [contextLine(line)] };
}
