import type { WebClient } from "@slack/web-api";
import type { Log } from "../../log.ts";
import type { PromptView, SessionView } from "../../sessions/session-view.ts";
import { elsewhereMessage, type ThreadClosed } from "../blocks/elsewhere-message.ts";
import type { MessageStore, ShownMessage } from "../showing/message-store.ts";
import type { PostOutcome } from "../showing/post.ts";
import { isStatusKey } from "../showing/thread-view.ts";
import { toCallFailure, toLater } from "../web-api/call-failure.ts";
import { CALL_TIMEOUT_MS } from "../web-api/clients.ts";
import { deliveryMetadata, findInChannel } from "../web-api/read-back.ts";
import type { Workspaces } from "../web-api/workspaces.ts";

/** What Slack says where we may not write to a thread at all. */
const CLOSED: ReadonlyMap<string | null, ThreadClosed> = new Map([
	["gone:not_in_channel", "left"],
	["gone:channel_not_found", "left"],
	["gone:is_archived", "archived"],
	["gone:thread_not_found", "thread_gone"],
	["gone:cannot_reply_to_message", "thread_gone"],
	["gone:restricted_action", "read_only"],
	["gone:restricted_action_read_only_channel", "read_only"],
	["gone:restricted_action_non_threadable_channel", "read_only"],
	["gone:restricted_action_thread_locked", "read_only"],
	["gone:restricted_action_thread_only_channel", "read_only"],
]);
/** Opens the conversation, looks there, posts. */
const LEASE_MS = 3 * CALL_TIMEOUT_MS + 5_000;

/** Tells whoever asked what became of it, once and directly, where its thread cannot be written to any more. */
export type SayElsewhere = (session: SessionView) => Promise<PostOutcome>;

export function createSayElsewhere(deps: {
	store: MessageStore;
	workspaces: Workspaces;
	/** Somebody's id in a workspace of Slack. */
	findUser: (person: { personId: string; teamId: string }) => Promise<string | null>;
	newId: () => string;
	log: Log;
}): SayElsewhere {
	const { store, workspaces, findUser, newId, log } = deps;

	async function tell(session: SessionView, prompt: PromptView, closed: ThreadClosed): Promise<PostOutcome> {
		const { origin, author } = prompt;
		if (origin.kind !== "slack" || author === null) return { outcome: "shown" };
		const { teamId, channelId } = origin;
		const userId = await findUser({ personId: author.personId, teamId });
		if (userId === null) return { outcome: "shown" };
		const key = directKey(prompt.id);
		const at = { sessionId: session.id, teamId, channelId, key, deliveryId: newId() };
		const claim = await store.claim(at, LEASE_MS);
		if (claim.outcome === "busy") return { outcome: "later", retryAfterMs: claim.retryAfterMs };
		const { attempt, deliveryId, doubtful, shown } = claim.message;
		const held = { sessionId: session.id, key, attempt };
		if (shown !== null) {
			await store.release(held);
			return { outcome: "shown" };
		}
		const pullRequests = session.pullRequests.filter(({ promptId }) => promptId === prompt.id);
		const message = elsewhereMessage(prompt, pullRequests, { channelId, closed });
		try {
			const client = (await workspaces.of(teamId)).clients.deliver;
			const sinceMs = prompt.createdAt.getTime();
			const ts = await post(client, { userId, deliveryId, doubtful, message, sinceMs });
			await store.record(held, { ts, shown: "said", shownSeq: null });
			return { outcome: "shown" };
		} catch (error) {
			const failure = toCallFailure(error);
			log.warn({ sessionId: session.id, error: failure.error }, "a result was not said directly");
			if (failure.kind === "refused") {
				await store.record(held, { ts: null, shown: `gone:${failure.error}`, shownSeq: null });
				return { outcome: "shown" };
			}
			if (failure.kind === "later" && !doubtful) await store.forget(held);
			else await store.release(held);
			return toLater(failure);
		}
	}

	return async (session) => {
		const rows = await store.load(session.id);
		for (const prompt of session.prompts) {
			const closed = findClosed(prompt, rows);
			if (closed === null) continue;
			const result = await tell(session, prompt, closed);
			if (result.outcome === "later") return result;
		}
		return { outcome: "shown" };
	};
}

const directKey = (promptId: string) => `direct:${promptId}`;

/** Pure. Why the end of a prompt could not be said in its thread; null: it was said, or is not to be said yet. */
function findClosed(prompt: PromptView, rows: ShownMessage[]): ThreadClosed | null {
	const { id, status, answer, answerPlace } = prompt;
	if (status !== "done" && status !== "failed" && status !== "stopped") return null;
	if (rows.some(({ key, shown }) => key === directKey(id) && shown !== null)) return null;
	const isAnswered = answer !== null && answerPlace === "thread";
	const told = rows.filter(({ key }) =>
		isAnswered ? key.startsWith(`answer:${id}:`) : isStatusKey(key, id),
	);
	const isThere = told.some(
		({ ts, shown }) => isAnswered && ts !== null && shown !== null && !CLOSED.has(shown),
	);
	if (isThere) return null;
	return CLOSED.get(told.find(({ shown }) => CLOSED.has(shown))?.shown ?? null) ?? null;
}

async function post(
	client: WebClient,
	at: {
		userId: string;
		deliveryId: string;
		doubtful: boolean;
		message: ReturnType<typeof elsewhereMessage>;
		sinceMs: number;
	},
): Promise<string> {
	const { deliveryId, sinceMs } = at;
	const { channel } = await client.conversations.open({ users: at.userId });
	const channelId = channel?.id ?? "";
	const found = at.doubtful ? await findInChannel(client, { channelId, deliveryId, sinceMs }) : null;
	if (found !== null) return found;
	const { ts = "" } = await client.chat.postMessage({
		channel: channelId,
		...at.message,
		metadata: deliveryMetadata(deliveryId),
	});
	return ts;
}
