import type { Thread } from "../../contract/session.ts";
import type { OutgoingMessage } from "../blocks/message.ts";
import type { ListenerDeps } from "../listeners/deps.ts";
import type { WordInput } from "./answer-word.ts";
import { commandHelp } from "./help-text.ts";
import { showStatus } from "./show-sessions.ts";

/** What to say privately about a word where no session is: after a mention, or in the conversation with us. */
export async function answerLoneWord(
	deps: ListenerDeps,
	{ word, personId, teamId, channelId }: Pick<WordInput, "word" | "personId"> & Thread,
): Promise<string | OutgoingMessage> {
	switch (word.word) {
		case "help":
			return commandHelp();
		case "status":
		case "queue":
			return showStatus(deps, { teamId, channelId, personId });
		default:
			return "Nothing of mine is in this thread. Say that word in the thread of the work that you mean.";
	}
}
