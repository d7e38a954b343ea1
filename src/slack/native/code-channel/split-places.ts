import type { Thread } from "../../../contract/session.ts";
import type { PromptView, SessionView } from "../../../sessions/session-view.ts";
import type { ShownMessage } from "../../showing/message-store.ts";
import { isGone } from "../../showing/post.ts";
import { isChanging } from "../../showing/show-reaction.ts";
import { AT_WORK_EMOJI, reactionKey } from "../../showing/thread-view.ts";
import type { CodeChannel } from "./code-channel-store.ts";

/** A place of a session, and the part of the session that is shown there. */
export interface Place {
	thread: Thread;
	/** Before the keys of what it shows: two places never have the same message. */
	prefix: string;
	isChannel: boolean;
	session: SessionView;
	/** What it shows, by keys without the prefix. */
	rows: ShownMessage[];
}

export const CHANNEL_PREFIX = "channel/";

/**
 * Pure. Where a session is shown. What was asked in its channel is answered there, and its thread shows the pull requests
 * only; the channel shows all that is done while it is open. What it can show no more, the thread does.
 */
export function splitPlaces(
	session: SessionView,
	channel: CodeChannel | null,
	rows: ShownMessage[],
): Place[] {
	const [thread] = session.threads;
	if (thread === undefined) return [];
	const own = session.threads.find(({ channelId }) => channelId === channel?.channelId);
	const inThread: Place = {
		thread,
		prefix: "",
		isChannel: false,
		session: { ...session, threads: [thread] },
		rows: rows.filter(({ key }) => !key.startsWith(CHANNEL_PREFIX)),
	};
	if (channel === null || own === undefined || own === thread) return [inThread];
	const inChannel = rows
		.filter(({ key }) => key.startsWith(CHANNEL_PREFIX))
		.map((row) => ({ ...row, key: row.key.slice(CHANNEL_PREFIX.length) }));
	const isTaken = (prompt: PromptView) =>
		isAskedIn(prompt, own) && (channel.state === "open" || isEndShown(prompt, inChannel));
	inThread.session = leaveOut(inThread.session, isTaken);
	if (channel.state !== "open" || channel.openedAt === null) return [inThread];
	const { openedAt } = channel;
	const shown = session.prompts.filter(
		({ id, createdAt, finishedAt }) =>
			createdAt >= openedAt ||
			finishedAt === null ||
			finishedAt >= openedAt ||
			// Before it was closed for a time.
			inChannel.some(({ key }) => key.includes(id)),
	);
	const isShown = ({ promptId }: { promptId: string | null }) => shown.some(({ id }) => id === promptId);
	return [
		inThread,
		{
			thread: own,
			prefix: CHANNEL_PREFIX,
			isChannel: true,
			rows: inChannel,
			session: {
				...session,
				threads: [own],
				prompts: shown,
				pullRequests: session.pullRequests.filter(isShown),
				openings: session.openings.filter(isShown),
				checks: session.checks.filter(isShown),
				attempts: null,
				notes: [],
				savedBranch: null,
			},
		},
	];
}

function isAskedIn({ origin }: PromptView, { channelId }: Thread): boolean {
	return origin.kind === "slack" && origin.channelId === channelId;
}

/** Its sign is the last that is shown of a prompt. */
function isEndShown({ id, status }: PromptView, rows: ShownMessage[]): boolean {
	const sign = rows.find(({ key }) => key === reactionKey(id))?.shown;
	return (
		sign !== undefined &&
		sign !== null &&
		sign !== AT_WORK_EMOJI &&
		!isChanging(sign) &&
		!isGone(sign) &&
		status !== "running" &&
		status !== "queued"
	);
}

/** Without some prompts; what became of them belongs to none then. */
function leaveOut(session: SessionView, isLeftOut: (prompt: PromptView) => boolean): SessionView {
	const away = new Set(session.prompts.filter(isLeftOut).map(({ id }) => id));
	const orphan = <T extends { promptId: string | null }>(one: T): T =>
		away.has(one.promptId ?? "") ? { ...one, promptId: null } : one;
	return {
		...session,
		prompts: session.prompts.filter(({ id }) => !away.has(id)),
		pullRequests: session.pullRequests.map(orphan),
		openings: session.openings.map(orphan),
		checks: session.checks.map(orphan),
	};
}
