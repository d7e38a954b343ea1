import type { WebClient } from "@slack/web-api";
import type { Db } from "../../db/client.ts";
import type { Log } from "../../log.ts";
import type { Sessions } from "../../sessions/sessions.ts";
import type { PostOutcome } from "../showing/post.ts";
import { threadUrl } from "../thread-url.ts";
import { toCallFailure, toLater } from "../web-api/call-failure.ts";
import { deliveryIdOf } from "../web-api/delivery-id.ts";
import { deliveryMetadata, findInChannel } from "../web-api/read-back.ts";
import type { Workspaces } from "../web-api/workspaces.ts";
import { notifyMessage } from "./notify-message.ts";
import { findSlackUser } from "./slack-user-store.ts";

/**
 * Tells a prompt's author by a direct message how it ended, once for each end. Nothing is said of what goes on again, nor
 * where the thread is a direct conversation anyway, nor of what the author stopped.
 */
export type NotifyAuthor = (end: {
	sessionId: string;
	promptId: string;
	/** When it ended, in ms since 1970. */
	atMs: number;
}) => Promise<PostOutcome>;

export function createNotifyAuthor(deps: {
	db: Db;
	sessions: Pick<Sessions, "view">;
	workspaces: Pick<Workspaces, "of">;
	log: Log;
}): NotifyAuthor {
	const { db, sessions, workspaces, log } = deps;
	return async ({ sessionId, promptId, atMs }) => {
		const session = await sessions.view(sessionId);
		const prompt = session.prompts.find(({ id }) => id === promptId);
		const [thread] = session.threads;
		// It was begun once more, and ends again.
		if (prompt?.author == null || prompt.finishedAt?.getTime() !== atMs) return { outcome: "shown" };
		if (thread === undefined || thread.channelId.startsWith("D")) return { outcome: "shown" };
		const { teamId } = thread;
		const { personId } = prompt.author;
		const person = await findSlackUser(db, { teamId, personId, promptId });
		if (person === null || person.stoppedIt) return { outcome: "shown" };
		const { clients, url } = await workspaces.of(teamId);
		try {
			await say(clients.deliver, {
				userId: person.userId,
				message: notifyMessage(session, prompt, threadUrl(url, thread)),
				deliveryId: deliveryIdOf(`notify:${promptId}:${atMs}`),
				sinceMs: atMs,
			});
			return { outcome: "shown" };
		} catch (error) {
			const failure = toCallFailure(error);
			if (failure.kind !== "refused") return toLater(failure);
			log.info({ error: failure.error }, "a direct message was not said");
			return { outcome: "shown" };
		}
	};
}

/** Looks first whether it is there: whoever said it may have died before the job was done. */
async function say(
	client: WebClient,
	line: { userId: string; message: ReturnType<typeof notifyMessage>; deliveryId: string; sinceMs: number },
): Promise<void> {
	const { deliveryId, sinceMs } = line;
	const channelId = await findConversation(client, line.userId);
	if (channelId !== null && (await findInChannel(client, { channelId, deliveryId, sinceMs })) !== null)
		return;
	await client.chat.postMessage({
		// A person's id as the channel is the conversation with them.
		channel: channelId ?? line.userId,
		...line.message,
		metadata: deliveryMetadata(deliveryId),
	});
}

/** Null where the app was installed before it asked for `im:write`: it can speak there, but not read what it said. */
async function findConversation(client: WebClient, userId: string): Promise<string | null> {
	try {
		return (await client.conversations.open({ users: userId })).channel?.id ?? null;
	} catch (error) {
		if (toCallFailure(error).error === "missing_scope") return null;
		throw error;
	}
}
