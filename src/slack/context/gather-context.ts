import type { PromptFile } from "../../contract/session.ts";
import type { Db } from "../../db/client.ts";
import type { PromptContext, SaidMessage } from "../../db/schema/prompts.ts";
import type { Log } from "../../log.ts";
import type { PendingContext } from "../../sessions/context/complete-context.ts";
import type { Sessions } from "../../sessions/sessions.ts";
import { isUnknownWorkspace } from "../install/lifecycle.ts";
import { isWholeChannel } from "../thread-place.ts";
import type { Workspace, Workspaces } from "../web-api/workspaces.ts";
import { boundSaid } from "./bound-said.ts";
import { limitFiles, toPromptFile } from "./decide-files.ts";
import { readTalkBetween } from "./heard-store.ts";
import { findMessageLinks } from "./links.ts";
import { readChannel } from "./read-channel.ts";
import { readLinked } from "./read-linked.ts";
import { readThread } from "./read-thread.ts";
import type { SlackMessage } from "./slack-message.ts";
import { findVoices, toQuoted, toSaid } from "./to-said.ts";

/** A turn waits no longer for what was said around its prompt. */
const WITHIN_MS = 8_000;
const MAX_TALK = 55;
const SPOKEN = new Set<string | undefined>([undefined, "file_share", "thread_broadcast", "bot_message"]);

/**
 * Reads in Slack what was said around a prompt, if that is still to be done, and keeps it with the prompt. Whatever Slack
 * does not tell in time stays away.
 */
export type GatherContext = (promptId: string) => Promise<void>;

export function createGatherContext(deps: {
	db: Db;
	workspaces: Workspaces;
	sessions: Pick<Sessions, "findPendingContext" | "keepContext">;
	log: Log;
}): { gather: GatherContext; drain: () => Promise<void> } {
	const { db, workspaces, sessions, log } = deps;
	/** The listener begins it and the turn waits for it. */
	const underWay = new Map<string, Promise<void>>();

	function gather(promptId: string): Promise<void> {
		const known = underWay.get(promptId);
		if (known !== undefined) return known;
		const work = complete(promptId).finally(() => underWay.delete(promptId));
		underWay.set(promptId, work);
		return work;
	}

	async function complete(promptId: string): Promise<void> {
		const pending = await sessions.findPendingContext(promptId);
		if (pending === null) return;
		const found = await within(WITHIN_MS, (signal) => find(pending, signal)).catch((error: unknown) => {
			if (!isUnknownWorkspace(error))
				log.warn({ err: error, promptId }, "what was said around a prompt is left out");
			return null;
		});
		await sessions.keepContext({
			promptId,
			context: { ...pending.context, ...found?.context },
			files: limitFiles([...pending.files, ...(found?.files ?? [])]),
		});
	}

	async function find(pending: PendingContext, signal: AbortSignal) {
		const workspace = await workspaces.of(pending.thread.teamId);
		const { thread, context: known } = pending;
		const isDirect = thread.channelId.startsWith("D");
		const [channel, around, linked] = await Promise.all([
			known.channelName || isDirect ? {} : readChannel(workspace.directory, thread.channelId, WITHIN_MS),
			findAround(workspace, pending, signal),
			findLinked(workspace, pending, signal),
		]);
		const quoted = [...(pending.context.quoted ?? []), ...linked.quoted];
		const context: PromptContext = {
			...channel,
			...around.context,
			...(quoted.length > 0 ? { quoted } : {}),
		};
		return { context, files: distinct([...around.files, ...linked.files], pending.files) };
	}

	/** What the thread says: of a session's own, since the prompt before; else all of it. */
	async function findAround(
		{ clients, directory, botUserId, botId }: Workspace,
		{ thread, messageTs, sinceTs }: PendingContext,
		signal: AbortSignal,
	): Promise<{ context: PromptContext; files: PromptFile[] }> {
		// In a session's own channel everything is for us, and known.
		if (thread.threadTs === messageTs || (isWholeChannel(thread) && sinceTs === null))
			return { context: {}, files: [] };
		const isOthers = (message: SlackMessage) =>
			SPOKEN.has(message.subtype) && message.user !== botUserId && message.bot_id !== botId;
		const { channelId, threadTs } = thread;
		const { messages, leftOut } =
			sinceTs === null
				? await readThread(clients.deliver, { channelId, threadTs, beforeTs: messageTs }, isOthers, signal)
				: { messages: await readTalk({ thread, messageTs, sinceTs }), leftOut: 0 };
		const voices = await findVoices(directory, messages, botUserId);
		const bounded = boundSaid(messages.flatMap((message) => toSaid(message, voices) ?? []));
		const unsaid = leftOut + bounded.leftOut;
		const parent = messages.find(({ ts }) => ts === threadTs);
		return {
			context: {
				...(bounded.said.length > 0 ? { thread: bounded.said } : {}),
				...(unsaid > 0 ? { threadLeftOut: unsaid } : {}),
			},
			files: parent === undefined ? [] : filesOf(parent),
		};
	}

	async function readTalk(at: Pick<PendingContext, "thread" | "messageTs"> & { sinceTs: string }) {
		const between = { afterTs: at.sinceTs, beforeTs: at.messageTs, limit: MAX_TALK };
		const rows = await readTalkBetween(db, at.thread, between);
		return rows.map(({ ts, userId, text }): SlackMessage => ({ ts, user: userId, text }));
	}

	/** Messages that whoever asked links to and may read. */
	async function findLinked(
		{ clients, directory, botUserId, url }: Workspace,
		{ text, userId, thread }: PendingContext,
		signal: AbortSignal,
	): Promise<{ quoted: SaidMessage[]; files: PromptFile[] }> {
		if (userId === null) return { quoted: [], files: [] };
		const links = findMessageLinks(text, url).filter(
			({ channelId, ts }) => channelId !== thread.channelId || ts !== thread.threadTs,
		);
		const read = await Promise.all(
			links.map((link) => readLinked({ client: clients.deliver, directory }, link, userId, signal)),
		);
		const found = read.flatMap((one) => one ?? []);
		const voices = await findVoices(
			directory,
			found.flatMap(({ messages }) => messages),
			botUserId,
		);
		return {
			quoted: found.flatMap(({ channelName, messages }) =>
				messages.flatMap((message) => {
					const said = toSaid(message, voices);
					return said === null ? [] : [{ ...said, ...(channelName ? { place: `#${channelName}` } : {}) }];
				}),
			),
			files: found.flatMap(({ messages }) => messages.slice(0, 1).flatMap(filesOf)),
		};
	}

	return {
		gather,
		async drain() {
			await Promise.allSettled(underWay.values());
		},
	};
}

/** Pure. Whether what was said around a message has to be read, or what its channel is about. */
export function needsGathering(
	message: { channelId: string; threadTs: string; ts: string; text: string },
	context: PromptContext,
	url: string,
): boolean {
	const { channelId, threadTs, ts, text } = message;
	const isChannelKnown = channelId.startsWith("D") || context.channelName !== undefined;
	return !isChannelKnown || threadTs !== ts || findMessageLinks(text, url).length > 0;
}

/** What a message brings along by itself: those that it forwards. */
export async function readForwarded(
	{ directory, botUserId }: Pick<Workspace, "directory" | "botUserId">,
	message: Parameters<typeof toQuoted>[0],
): Promise<{ quoted: SaidMessage[]; files: PromptFile[] }> {
	const attachments = message.attachments ?? [];
	if (attachments.length === 0) return { quoted: [], files: [] };
	const voices = await findVoices(directory, [message], botUserId);
	return { quoted: toQuoted(message, voices), files: filesOf({ ts: "", attachments }) };
}

function filesOf(message: Pick<SlackMessage, "ts" | "files" | "attachments">): PromptFile[] {
	const forwarded = (message.attachments ?? []).flatMap(({ files }) => files ?? []);
	return [...(message.files ?? []), ...forwarded].map(toPromptFile);
}

function distinct(files: PromptFile[], known: PromptFile[]): PromptFile[] {
	const seen = new Set(known.map(({ id }) => id));
	return files.filter(({ id }) => !seen.has(id) && seen.add(id));
}

async function within<T>(limitMs: number, work: (signal: AbortSignal) => Promise<T>): Promise<T | null> {
	const { promise, resolve } = Promise.withResolvers<null>();
	const controller = new AbortController();
	const timer = setTimeout(() => {
		controller.abort();
		resolve(null);
	}, limitMs);
	try {
		return await Promise.race([work(controller.signal), promise]);
	} finally {
		clearTimeout(timer);
	}
}
