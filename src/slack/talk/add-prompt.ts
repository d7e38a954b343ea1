import type { Judgement } from "../../budget/meter-judgements.ts";
import type { PromptFile, Thread } from "../../contract/session.ts";
import type { PromptContext } from "../../db/schema/prompts.ts";
import { type AskedAttempts, parseAttempts, toAttemptsStart } from "../attempts/parse-attempts.ts";
import { needsGathering } from "../context/gather-context.ts";
import type { ListenerDeps } from "../listeners/deps.ts";
import { mentionedUsers, toPlainText } from "../text/from-slack.ts";
import { meterReply } from "./meter-reply.ts";
import { noteMessage, type ThreadMessage } from "./talk-store.ts";

/** The same message is the same prompt, whatever brought it. */
export function messageKey(at: { teamId: string; channelId: string; ts: string }): string {
	return `slack:${at.teamId}:${at.channelId}:${at.ts}`;
}

/** What a message says as a prompt. */
export async function toPromptText(
	{ workspaces }: Pick<ListenerDeps, "workspaces">,
	{ teamId, text }: { teamId: string; text: string },
): Promise<string> {
	const { botUserId, directory } = await workspaces.of(teamId);
	const mentioned = mentionedUsers(text).filter((id) => id !== botUserId);
	const users = await directory.names(mentioned);
	const plain = toPlainText(text, { botUserId, users });
	return plain === "" ? "Please have a look at the attached files." : plain;
}

/** Makes a message of a thread a prompt of its session, or the first of one, and shows it. */
export async function addPrompt(
	deps: Pick<ListenerDeps, "workspaces" | "sessions" | "db" | "showNow" | "beginGathering" | "models">,
	input: {
		thread: Thread;
		message: { ts: string; userId: string; text: string; files: PromptFile[] };
		takenBy: ThreadMessage["takenBy"];
		/** Who asks. */
		personId: string;
		/** The name of whoever wrote it, where it was not they who asked. */
		writtenBy?: string;
		context: PromptContext;
		/** What was masked in its text. */
		maskedKinds?: string[];
		/** What the model was asked for whom it is. */
		judgements?: readonly Judgement[];
	},
): Promise<{ sessionId: string; promptId: string; asked: AskedAttempts | null }> {
	const { thread, message, takenBy, personId, writtenBy, context } = input;
	const { teamId, channelId } = thread;
	const said = await toPromptText(deps, { teamId, text: message.text });
	const asked = parseAttempts(said, deps.models);
	const words = asked?.text ?? said;
	const { url } = await deps.workspaces.of(teamId);
	const isContextPending = needsGathering({ ...thread, ...message, text: words }, context, url);
	const { sessionId, promptId } = await deps.sessions.acceptThreadPrompt({
		thread,
		...(asked === null ? {} : { start: toAttemptsStart(asked) }),
		prompt: {
			idempotencyKey: messageKey({ teamId, channelId, ts: message.ts }),
			authorId: personId,
			text: writtenBy === undefined ? words : `${writtenBy} wrote in the thread:\n${words}`,
			files: message.files,
			context,
			isContextPending,
			...(input.maskedKinds === undefined ? {} : { maskedKinds: input.maskedKinds }),
			origin: { kind: "slack", teamId, channelId, messageTs: message.ts },
		},
	});
	// Not awaited: whoever writes next must not wait for Slack to take what is said about this one.
	void deps.showNow(sessionId);
	await deps.db.transaction().execute(async (tx) => {
		await noteMessage(tx, thread, { ...message, takenAs: "prompt", takenBy });
		const { userId } = message;
		await meterReply(tx, input.judgements ?? [], { thread, userId, sessionId, promptId });
	});
	if (isContextPending) deps.beginGathering(promptId);
	return { sessionId, promptId, asked };
}
