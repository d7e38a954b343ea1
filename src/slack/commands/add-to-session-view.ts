import type { InputBlock, ModalView, PlainTextOption } from "@slack/types";
import type { ListedSession } from "../../sessions/session-list-store.ts";
import { ADD_TO_SESSION_VIEW, readId } from "../blocks/actions.ts";
import { contextLine, section } from "../blocks/message.ts";
import { cut } from "../text/escape.ts";
import { stateWords } from "./list-message.ts";
import { type SourceMessage, sourceMessage } from "./new-session-view.ts";
import { choiceOf, plain, textOf, type ViewValues } from "./view-values.ts";

const SESSION = "session";
const NOTE = "note";
const MAX_OPTIONS = 100;

/** The modal in which a message is added to a session. `sessions` null: they are being looked up. */
export function addToSessionView(
	source: SourceMessage,
	sessions: readonly ListedSession[] | null,
): ModalView {
	const head = {
		type: "modal" as const,
		callback_id: ADD_TO_SESSION_VIEW,
		private_metadata: JSON.stringify(source),
		title: plain("Add to a session"),
		close: plain("Cancel"),
	};
	if (sessions === null) return { ...head, blocks: [section("One moment…")] };
	if (sessions.length === 0)
		return {
			...head,
			blocks: [
				section("There is no session of yours or in this channel. “Fix this with Bobbin” begins one."),
			],
		};
	return {
		...head,
		submit: plain("Add"),
		blocks: [
			sessionSelect(sessions),
			{
				type: "input",
				block_id: NOTE,
				optional: true,
				label: plain("What should be done with it?"),
				element: {
					type: "plain_text_input",
					action_id: NOTE,
					multiline: true,
					max_length: 3_000,
					placeholder: plain("This is the log of the failing run"),
				},
			},
			contextLine("The message and its files become the next thing asked there, in your name."),
		],
	};
}

/** Null: nothing was chosen, or it is no such modal. */
export function readAddToSession(
	privateMetadata: string,
	values: ViewValues,
): { source: SourceMessage; sessionId: string; note: string } | null {
	const source = sourceMessage.safeParse(JSON.parse(privateMetadata || "null"));
	const sessionId = readId(choiceOf(values, SESSION));
	if (!source.success || sessionId === null) return null;
	return { source: source.data, sessionId, note: textOf(values, NOTE)?.trim() ?? "" };
}

function sessionSelect(sessions: readonly ListedSession[]): InputBlock {
	return {
		type: "input",
		block_id: SESSION,
		label: plain("Session"),
		element: {
			type: "static_select",
			action_id: SESSION,
			placeholder: plain("Which one"),
			options: sessions.slice(0, MAX_OPTIONS).map(toOption),
		},
	};
}

function toOption(session: ListedSession): PlainTextOption {
	const facts = [stateWords(session), ...(session.repository === null ? [] : [session.repository])];
	return {
		text: plain(cut(session.title.replace(/\s+/g, " ").trim() || session.id.slice(0, 8), 75)),
		value: session.id,
		description: plain(cut(facts.join(" · "), 75)),
	};
}
