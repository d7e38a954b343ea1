import type { Thread } from "../contract/session.ts";
import type { Log } from "../log.ts";
import type { SessionView } from "../sessions/session-view.ts";
import type { Sessions } from "../sessions/sessions.ts";
import type { Accounts } from "./accounts.ts";
import { connectedMessage, connectMessage, isGood } from "./blocks/connect-github.ts";
import type { OutgoingMessage } from "./blocks/message.ts";
import type { MessageStore } from "./showing/message-store.ts";
import type { PostOutcome } from "./showing/post.ts";
import { inThread } from "./thread-place.ts";
import { toCallFailure, toLater } from "./web-api/call-failure.ts";
import { CALL_TIMEOUT_MS } from "./web-api/clients.ts";
import type { Workspaces } from "./web-api/workspaces.ts";

const LEASE_MS = CALL_TIMEOUT_MS + 5_000;
const NO_REPLY: PostOutcome = { outcome: "shown" };

/** What a person is told privately, in a session's thread, of their GitHub account. */
export interface ConnectGithub {
	/** Once for each thread and person, and again when they ask again after the button has lost its use. */
	ask(input: { sessionId: string; personId: string }): Promise<PostOutcome>;
	/** Their account is connected and work goes on. */
	tellLinked(input: { sessionId: string; personId: string }): Promise<PostOutcome>;
}

/** Where somebody asked last; people read on there. */
function placeOfPerson({ threads, prompts }: SessionView, personId: string): Thread | undefined {
	const last = prompts.findLast(({ author }) => author?.personId === personId)?.origin;
	const channelId = last?.kind === "slack" ? last.channelId : undefined;
	return threads.find((thread) => thread.channelId === channelId) ?? threads[0];
}

export function createConnectGithub(deps: {
	sessions: Pick<Sessions, "view">;
	accounts: Accounts;
	store: MessageStore;
	workspaces: Workspaces;
	newId: () => string;
	now: () => number;
	log: Log;
}): ConnectGithub {
	const { accounts, store, workspaces, log } = deps;

	async function findPlace({ sessionId, personId }: { sessionId: string; personId: string }) {
		const thread = placeOfPerson(await deps.sessions.view(sessionId), personId);
		if (thread === undefined) return null;
		const user = await accounts.slackUserOf({ personId, teamId: thread.teamId });
		return user === null ? null : { thread, user };
	}
	type Place = NonNullable<Awaited<ReturnType<typeof findPlace>>>;

	/** For one person's eyes: where nobody else reads, an ordinary message, which stays; where Slack says no, to them directly. */
	async function whisper({ thread, user }: Place, message: OutgoingMessage): Promise<PostOutcome> {
		const { teamId, channelId, threadTs } = thread;
		const client = (await workspaces.of(teamId)).clients.deliver;
		const here = { channel: channelId, ...inThread({ threadTs }), ...message };
		try {
			if (channelId.startsWith("D")) await client.chat.postMessage(here);
			else await client.chat.postEphemeral({ ...here, user });
			return NO_REPLY;
		} catch (error) {
			const failure = toCallFailure(error);
			if (failure.kind !== "refused") return toLater(failure);
			log.info({ error: failure.error }, "a private line was not taken in its thread");
		}
		try {
			await client.chat.postMessage({ channel: user, ...message });
		} catch (error) {
			const failure = toCallFailure(error);
			if (failure.kind !== "refused") return toLater(failure);
			log.warn({ error: failure.error }, "a person could not be told privately");
		}
		return NO_REPLY;
	}

	return {
		async ask({ sessionId, personId }) {
			const { state } = await accounts.stateOf(personId);
			const place = state === "live" ? null : await findPlace({ sessionId, personId });
			if (state === "live" || place === null) return NO_REPLY;
			const { teamId, channelId } = place.thread;
			const key = `connect:${personId}`;
			const claim = await store.claim(
				{ sessionId, key, deliveryId: deps.newId(), teamId, channelId },
				LEASE_MS,
			);
			if (claim.outcome === "busy") return { outcome: "later", retryAfterMs: claim.retryAfterMs };
			const held = { sessionId, key, attempt: claim.message.attempt };
			const { shown } = claim.message;
			if (shown !== null && isGood(Number(shown), deps.now())) {
				await store.release(held);
				return NO_REPLY;
			}
			const madeAtMs = deps.now();
			const { url } = await accounts.invite(personId);
			const result = await whisper(place, connectMessage({ state, url }));
			if (result.outcome === "later") await store.release(held);
			else await store.record(held, { ts: null, shown: String(madeAtMs), shownSeq: null });
			return result;
		},

		async tellLinked({ sessionId, personId }) {
			const { state, login } = await accounts.stateOf(personId);
			const place = state === "live" ? await findPlace({ sessionId, personId }) : null;
			return place === null || login === null ? NO_REPLY : whisper(place, connectedMessage(login));
		},
	};
}
