import type { Button } from "@slack/types";
import type { PromptView, SessionView } from "../../sessions/session-view.ts";
import { MOVE_SESSION, pairValue, WRONG_REPOSITORY } from "../blocks/actions.ts";
import { button, contextLine, fallback, type OutgoingMessage, section } from "../blocks/message.ts";
import { codeSpan, plainLine } from "../text/escape.ts";

const MOST_NAMED = 3;

type Moving = Pick<SessionView, "id" | "status" | "repository" | "prompts" | "movingTo">;

/** The button that moves a session, on the one message that tells of it now. Empty: not on this one. */
export function wrongRepositoryButtons(session: Moving, prompt: PromptView): Button[] {
	if (session.status !== "ready" || session.movingTo !== null) return [];
	const { prompts } = session;
	const current =
		prompts.find(({ status }) => status === "running") ??
		prompts.find(({ position }) => position === 1) ??
		prompts.findLast(({ startedAt }) => startedAt !== null);
	if (current?.id !== prompt.id) return [];
	const words = session.repository === null ? "Needs a repository?" : "Wrong repository?";
	return [button(words, WRONG_REPOSITORY, session.id)];
}

/** Asks one person where a session belongs. */
export function moveMessage(session: Pick<SessionView, "id" | "repository">): OutgoingMessage {
	const here = session.repository === null ? "" : ` Now it is in ${codeSpan(session.repository.fullName)}.`;
	const words = `*Where does this belong?*${here} Pick a repository that you may change, and I go on there with the last request and all that waits.`;
	return {
		text: fallback(words),
		blocks: [
			section(words),
			{
				type: "actions",
				block_id: pairValue(session.id, "move"),
				elements: [
					{
						type: "external_select",
						action_id: MOVE_SESSION,
						placeholder: { type: "plain_text", text: "Search repositories" },
						min_query_length: 0,
					},
				],
			},
			contextLine("Only you see this. What is done so far stays where it is, and nothing is lost."),
		],
	};
}

/** In the place of a status that belongs to another repository now. */
export function movedMessage(
	session: Pick<SessionView, "pullRequests">,
	move: SessionView["moves"][number],
): OutgoingMessage {
	const from = move.from === null ? "no repository" : codeSpan(move.from);
	const open = session.pullRequests.filter(
		({ repository, state }) => repository === move.from && state === "open",
	);
	const named = open.slice(0, MOST_NAMED).map(({ number }) => `#${number}`);
	const more = open.length - named.length;
	const stays =
		open.length === 0
			? []
			: [
					`${named.join(", ")}${more > 0 ? ` and ${more} more` : ""} there ${open.length === 1 ? "stays" : "stay"} open`,
				];
	const words = [
		`➡️ ${plainLine(move.by, 80)} moved this from ${from} to ${codeSpan(move.to)}`,
		...stays,
		...(move.isKept ? [] : ["⚠️ what was not pushed there could not be kept"]),
	].join(" · ");
	return { text: fallback(words), blocks: [contextLine(words)] };
}
