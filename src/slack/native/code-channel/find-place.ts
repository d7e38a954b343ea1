import type { Thread } from "../../../contract/session.ts";
import type { Sessions } from "../../../sessions/sessions.ts";

/**
 * The session to which a message is said, if any, and the place where it is answered: its thread, or the channel that is
 * all the session's, where a thread has none of its own.
 */
export async function findPlace(
	sessions: Pick<Sessions, "findByThread">,
	message: { teamId: string; channelId: string; ts: string; threadTs: string | undefined },
): Promise<{ thread: Thread; known: Awaited<ReturnType<Sessions["findByThread"]>> }> {
	const { teamId, channelId, ts, threadTs } = message;
	const thread = { teamId, channelId, threadTs: threadTs ?? ts };
	const inThread = threadTs === undefined ? null : await sessions.findByThread(thread);
	if (inThread !== null) return { thread, known: inThread };
	const channel = { ...thread, threadTs: "" };
	const known = await sessions.findByThread(channel);
	return known === null ? { thread, known } : { thread: channel, known };
}
