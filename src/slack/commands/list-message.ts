import type { KnownBlock } from "@slack/types";
import type { ListedSession } from "../../sessions/session-list-store.ts";
import { STOP_LISTED } from "../blocks/actions.ts";
import { button, contextLine, fallback, type OutgoingMessage, section } from "../blocks/message.ts";
import { codeSpan, plainLine } from "../text/escape.ts";
import { toLinkTarget } from "../text/link-target.ts";
import { threadUrl } from "../thread-url.ts";

const MAX_SHOWN = 15;

/** Sessions as a private list: where each stands, the way to its thread, and a button to stop what runs. */
export function listMessage(
	sessions: readonly ListedSession[],
	{
		title,
		empty,
		workspaceUrl,
		channelId,
	}: {
		title: string;
		empty: string;
		workspaceUrl: string;
		/** Where it is shown: of others the channel is named. */
		channelId: string;
	},
): OutgoingMessage {
	if (sessions.length === 0) return { text: empty, blocks: [section(empty)] };
	const shown = sessions.slice(0, MAX_SHOWN);
	const rest = sessions.length - shown.length;
	const blocks: KnownBlock[] = [
		section(`*${title}*`),
		...shown.map((session) => line(session, { workspaceUrl, channelId })),
		...(rest > 0 ? [contextLine(`… and ${rest} more`)] : []),
	];
	return {
		text: fallback(`${title}: ${shown.map(({ title }) => plainLine(title, 80)).join(" · ")}`),
		blocks,
	};
}

/** Pure. A session's state in a word or two. */
export function stateWords(
	session: Pick<ListedSession, "status" | "isRunning" | "queued" | "lastEnd">,
): string {
	const { status, isRunning, queued, lastEnd } = session;
	if (isRunning) return ["⏳ working", ...(queued > 0 ? [`${queued} waiting`] : [])].join(" · ");
	if (status === "asking") return "🤔 which repository?";
	if (queued > 0) return `🕓 ${queued === 1 ? "" : `${queued} `}waiting`;
	switch (lastEnd) {
		case "failed":
			return "❌ failed";
		case "stopped":
		case "cancelled":
			return "⏹ stopped";
		default:
			return "✅ done";
	}
}

function line(
	session: ListedSession,
	{ workspaceUrl, channelId }: { workspaceUrl: string; channelId: string },
): KnownBlock {
	const { thread } = session;
	const target = toLinkTarget(threadUrl(workspaceUrl, thread));
	const title = plainLine(session.title, 120);
	const facts = [
		stateWords(session),
		...(thread.channelId === channelId || thread.channelId.startsWith("D") ? [] : [`<#${thread.channelId}>`]),
		...(session.repository === null ? [] : [codeSpan(session.repository)]),
		...session.pullRequests.slice(-2).map(({ number, url, state }) => {
			const words = `#${number} ${state}`;
			const to = toLinkTarget(url);
			return to === null ? words : `<${to}|${words}>`;
		}),
		`\`${session.id.slice(0, 8)}\``,
	];
	const words = `${target === null ? title : `<${target}|${title}>`}\n${facts.join(" · ")}`;
	const isOpen = session.isRunning || session.queued > 0;
	return {
		...section(words),
		...(isOpen ? { accessory: button("Stop", STOP_LISTED, session.id) } : {}),
	};
}
