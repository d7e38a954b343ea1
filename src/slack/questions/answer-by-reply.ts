import type { Thread } from "../../contract/session.ts";
import type { ListenerDeps } from "../listeners/deps.ts";
import type { MessageEvent } from "../listeners/message-event.ts";
import { mentionedUsers, toPlainText } from "../text/from-slack.ts";

/** Takes a reply for the answer to what the session waits for. False: nothing waits for it, so that it is a prompt. */
export async function answerByReply(
	deps: Pick<ListenerDeps, "sessions" | "workspaces" | "showNow">,
	input: Thread & { sessionId: string; personId: string; event: MessageEvent },
): Promise<boolean> {
	const { teamId, channelId, sessionId, personId, event } = input;
	// An answer has words only; what comes with files is work of its own.
	if ((event.files ?? []).length > 0) return false;
	const { botUserId, directory } = await deps.workspaces.of(teamId);
	const mentioned = mentionedUsers(event.text ?? "").filter((id) => id !== botUserId);
	const text = toPlainText(event.text ?? "", { botUserId, users: await directory.names(mentioned) });
	if (text === "") return false;
	const { outcome } = await deps.sessions.answerQuestion({
		sessionId,
		questionId: null,
		personId,
		chosen: [text],
		idempotencyKey: `slack:${teamId}:${channelId}:${event.ts}`,
	});
	if (outcome !== "answered" && outcome !== "repeated") return false;
	await deps.showNow(sessionId);
	return true;
}
