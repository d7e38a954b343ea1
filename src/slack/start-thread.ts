import type { PromptFile } from "../contract/session.ts";
import type { PromptContext } from "../db/schema/prompts.ts";
import type { SessionWish } from "../db/schema/sessions.ts";
import { AppError } from "../errors.ts";
import type { Mask } from "../sessions/ports.ts";
import type { Sessions } from "../sessions/sessions.ts";
import { parseAttempts, toAttemptsStart } from "./attempts/parse-attempts.ts";
import { askedMessage } from "./blocks/asked-message.ts";
import type { StartStore } from "./start-store.ts";
import { toCallFailure } from "./web-api/call-failure.ts";
import { CALL_TIMEOUT_MS } from "./web-api/clients.ts";
import { deliveryIdOf } from "./web-api/delivery-id.ts";
import { deliveryMetadata, findDelivery, findInChannel } from "./web-api/read-back.ts";
import type { Workspace, Workspaces } from "./web-api/workspaces.ts";

/** Something asked for elsewhere than by a message in a thread: a command, a modal, a shortcut. */
export interface ThreadStart {
	/** The same key twice is the same start. */
	key: string;
	teamId: string;
	channelId: string;
	/** Of whoever asks, at Slack. */
	userId: string;
	personId: string;
	/** Plain text. */
	text: string;
	files?: PromptFile[];
	context?: PromptContext;
	/** Nothing has to be found out for it. */
	isContextWhole?: boolean;
	/** Left out: a new thread. Else the prompt goes into this one, and into its session if it has one. */
	threadTs?: string;
	/** The words stand in the thread already: they are not said again. */
	isSaidThere?: boolean;
	/** Plain words beside who asked, such as "attempt 2 of 3". */
	note?: string;
	/** Null: none is needed. Left out: Bobbin finds out. These three count only where a session begins. */
	repositoryId?: string | null;
	baseBranch?: string | null;
	model?: string | null;
}

interface StartedThread {
	outcome: "started" | "joined" | "duplicate";
	sessionId: string;
	promptId: string;
	threadTs: string;
}

/**
 * Says in the channel who asked for what, and makes that message a prompt. Twice with one key does nothing twice.
 *
 * @throws AppError `channel_refused`: Bobbin may not write there (its message is for whoever asked);
 * `slack_unavailable` (retryable): call again with the same key
 */
export type StartThread = (start: ThreadStart) => Promise<StartedThread>;

/** Outlives posting and reading back. */
const LEASE_MS = 2 * CALL_TIMEOUT_MS + 5_000;

export function createStartThread(deps: {
	workspaces: Workspaces;
	mask: Mask;
	sessions: Pick<Sessions, "acceptThreadPrompt">;
	store: StartStore;
	/** Those that people may choose. */
	models: readonly string[];
}): StartThread {
	const { workspaces, sessions, store } = deps;

	/** Where the message stands that says what was asked. */
	async function post(start: ThreadStart): Promise<string> {
		const claim = await store.claim(start.key, LEASE_MS);
		if (claim.outcome === "busy") throw unavailable("busy");
		try {
			const workspace = await workspaces.of(start.teamId);
			const found = claim.isDoubtful ? await find(workspace, start, claim.sinceMs) : null;
			const ts = claim.ts ?? found ?? (await say(workspace, start));
			await store.record(start.key, ts);
			return ts;
		} catch (cause) {
			if (cause instanceof AppError) {
				await store.release(start.key);
				throw cause;
			}
			const failure = toCallFailure(cause);
			if (failure.kind !== "refused") {
				await store.release(start.key);
				throw unavailable(failure.error, cause);
			}
			await store.forget(start.key);
			throw new AppError("channel_refused", refusalWords(failure.error), { cause });
		}
	}

	return async (given) => {
		// What is asked for in private must not show a secret to the channel.
		const { text, kinds } = await deps.mask(given.text);
		const start = { ...given, text };
		const { teamId, channelId } = start;
		const messageTs = await post(start);
		const threadTs = start.threadTs ?? messageTs;
		const asked = start.isContextWhole ? null : parseAttempts(start.text, deps.models);
		const accepted = await sessions.acceptThreadPrompt({
			thread: { teamId, channelId, threadTs },
			prompt: {
				idempotencyKey: start.key,
				authorId: start.personId,
				text: asked?.text ?? start.text,
				files: start.files ?? [],
				context: start.context ?? {},
				maskedKinds: kinds,
				isContextPending: !start.isContextWhole,
				origin: { kind: "slack", teamId, channelId, messageTs },
			},
			start: {
				...(asked === null ? {} : toAttemptsStart(asked)),
				...(start.model ? { model: start.model } : {}),
				wish: await toWish(workspaces, start),
			},
		});
		return { ...accepted, threadTs };
	};
}

async function say({ clients, directory }: Workspace, start: ThreadStart): Promise<string> {
	const { name } = await directory.person(start.userId);
	const { note = null, files = [] } = start;
	const text = start.isSaidThere ? null : start.text;
	const answer = await clients.deliver.chat.postMessage({
		channel: start.channelId,
		...askedMessage({ name, text, note, files }),
		...(start.threadTs === undefined ? {} : { thread_ts: start.threadTs }),
		metadata: deliveryMetadata(deliveryIdOf(start.key)),
	});
	return answer.ts ?? "";
}

function find({ clients }: Workspace, start: ThreadStart, sinceMs: number): Promise<string | null> {
	const { channelId, threadTs } = start;
	const deliveryId = deliveryIdOf(start.key);
	return threadTs === undefined
		? findInChannel(clients.deliver, { channelId, deliveryId, sinceMs })
		: findDelivery(clients.deliver, { channelId, threadTs, deliveryId });
}

async function toWish(workspaces: Workspaces, start: ThreadStart): Promise<SessionWish> {
	const { repositoryId: id, baseBranch } = start;
	const branch = baseBranch ? { baseBranch } : {};
	if (id === undefined) return branch;
	const { directory } = await workspaces.of(start.teamId);
	const { name } = await directory.person(start.userId);
	return { ...branch, repository: { id, how: "picked", reason: `picked by ${name}` } };
}

/** Pure. Of Slack's codes those that people can do something about. */
function refusalWords(code: string): string {
	switch (code) {
		case "not_in_channel":
		case "channel_not_found":
			return "I am not in that channel. Invite me there with `/invite @bobbin`, then try again.";
		case "is_archived":
			return "That channel is archived, so nothing can begin there.";
		case "thread_not_found":
		case "cannot_reply_to_message":
			return "That message is gone, so I cannot answer to it.";
		default:
			return "Slack does not let me write in that channel.";
	}
}

function unavailable(why: string, cause?: unknown): AppError {
	return new AppError("slack_unavailable", `Slack did not take a message (${why}).`, {
		retryable: true,
		cause,
	});
}
