import type { Button, KnownBlock } from "@slack/types";
import type { OwnSession, OwnSessions } from "../../sessions/own-session-store.ts";
import { OPEN_THREAD, pairValue, RETRY_PROMPT, STOP_SESSION } from "../blocks/actions.ts";
import { button, contextLine, section } from "../blocks/message.ts";
import { stateWords } from "../commands/list-message.ts";
import { codeSpan, plainLine } from "../text/escape.ts";
import { toLinkTarget } from "../text/link-target.ts";
import { threadUrl } from "../thread-url.ts";
import type { Waiting } from "./read-waiting.ts";
import { waitingBlocks, waitingWords } from "./waiting-blocks.ts";

export const PAGE_SIZE = 10;
const MOST_PULL_REQUESTS = 3;

const HEADINGS: Record<OwnSession["group"], string> = {
	running: "Running",
	waiting: "Waiting for you",
	recent: "Recent",
};

/** Pure. A page of a person's sessions, each with what can be done with it. `waiting`: by session. */
export function sessionsTab(
	{ sessions, total }: OwnSessions,
	{
		page,
		workspaceUrl,
		waiting,
	}: { page: number; workspaceUrl: string; waiting: ReadonlyMap<string, Waiting> },
): KnownBlock[] {
	const all = total.running + total.waiting + total.recent;
	if (all === 0) {
		return [
			section(
				"*You have no sessions yet.*\nMention me in a channel and say what to change, or begin with `/bobbin`.",
			),
		];
	}
	const blocks: KnownBlock[] = [];
	if (page === 0 && total.running + total.waiting === 0)
		blocks.push(contextLine("Nothing of yours runs, and nothing waits for you."));
	let group: OwnSession["group"] | null = null;
	for (const session of sessions) {
		if (session.group !== group) {
			({ group } = session);
			blocks.push({
				type: "header",
				text: { type: "plain_text", text: `${HEADINGS[group]} (${total[group]})` },
			});
		}
		blocks.push(...sessionBlocks(session, waiting.get(session.id) ?? null, workspaceUrl));
	}
	if (sessions.length === 0) blocks.push(contextLine("There are no more."));
	return [...blocks, ...pageBlocks(page, all)];
}

/** The title leads to the thread; one button beside it, and below it what moves on what waits. */
function sessionBlocks(session: OwnSession, waiting: Waiting | null, workspaceUrl: string): KnownBlock[] {
	const thread = threadUrl(workspaceUrl, session.thread);
	const target = toLinkTarget(thread);
	const title = plainLine(session.title, 120) || "Session";
	const heading = `*${target === null ? title : `<${target}|${title}>`}*`;
	const facts = [
		...(waiting === null ? [stateWords({ ...session, lastEnd: session.last?.status ?? null })] : []),
		...(session.repository === null ? [] : [codeSpan(session.repository)]),
		...session.pullRequests.slice(-MOST_PULL_REQUESTS).map(pullRequestWords),
	];
	const words =
		waiting === null
			? `${heading}\n${facts.join(" · ")}`
			: `${[heading, ...facts].join(" · ")}\n${waitingWords(waiting)}`;
	return [
		{
			...section(words),
			block_id: `home_session ${session.id}`,
			accessory: buttonOf(session, thread),
		},
		...(waiting === null ? [] : [...waitingBlocks(waiting), { type: "divider" as const }]),
	];
}

function pullRequestWords({ number, url, state }: OwnSession["pullRequests"][number]): string {
	const target = toLinkTarget(url);
	return target === null ? `#${number} ${state}` : `<${target}|#${number}> ${state}`;
}

function buttonOf({ id, isRunning, queued, last }: OwnSession, thread: string): Button {
	if (isRunning || queued > 0) return button("Stop", STOP_SESSION, id);
	if (last !== null && (last.status === "failed" || last.status === "stopped"))
		return button("Retry", RETRY_PROMPT, pairValue(id, last.promptId));
	return { ...button("Open thread", OPEN_THREAD, id), url: thread };
}

function pageBlocks(page: number, all: number): KnownBlock[] {
	const pages = Math.ceil(all / PAGE_SIZE);
	if (pages <= 1) return [];
	const turn = (words: string, to: number) => button(words, `home_page_${to}`, String(to));
	return [
		{
			type: "actions",
			block_id: "home_pages",
			elements: [
				...(page > 0 ? [turn("← Newer", page - 1)] : []),
				...(page < pages - 1 ? [turn("Older →", page + 1)] : []),
			],
		},
		contextLine(`Page ${page + 1} of ${pages}`),
	];
}
