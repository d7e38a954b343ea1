import type { Button, KnownBlock } from "@slack/types";
import type { OwnSession, OwnSessions, WaitsFor } from "../../sessions/own-session-store.ts";
import { OPEN_THREAD, pairValue, RETRY_PROMPT, STOP_SESSION } from "../blocks/actions.ts";
import { button, contextLine, section } from "../blocks/message.ts";
import { stateWords } from "../commands/list-message.ts";
import { codeSpan, plainLine } from "../text/escape.ts";
import { toLinkTarget } from "../text/link-target.ts";
import { threadUrl } from "../thread-url.ts";

export const PAGE_SIZE = 10;
const MOST_PULL_REQUESTS = 3;

const HEADINGS: Record<OwnSession["group"], string> = {
	running: "Running",
	waiting: "Waiting for you",
	recent: "Recent",
};

const WAITS_FOR: Record<WaitsFor, { words: string; button: string }> = {
	repository: { words: "🤔 Which repository do you mean?", button: "Choose in the thread" },
	question: { words: "🤔 I have a question", button: "Answer in the thread" },
	account: { words: "🔗 Connect your GitHub account and I go on", button: "Connect GitHub" },
	budget: { words: "⏸ The budget is used up", button: "Continue in the thread" },
};

/** Pure. A page of a person's sessions, each with what can be done with it. */
export function sessionsTab(
	{ sessions, total }: OwnSessions,
	{ page, workspaceUrl }: { page: number; workspaceUrl: string },
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
		blocks.push(...sessionBlocks(session, workspaceUrl));
	}
	if (sessions.length === 0) blocks.push(contextLine("There are no more."));
	return [...blocks, ...pageBlocks(page, all)];
}

function sessionBlocks(session: OwnSession, workspaceUrl: string): KnownBlock[] {
	const thread = threadUrl(workspaceUrl, session.thread);
	const target = toLinkTarget(thread);
	const title = plainLine(session.title, 120) || "Session";
	const facts = [
		session.waitsFor === null
			? stateWords({ ...session, lastEnd: session.last?.status ?? null })
			: WAITS_FOR[session.waitsFor].words,
		...(session.repository === null ? [] : [codeSpan(session.repository)]),
		...session.pullRequests.slice(-MOST_PULL_REQUESTS).map(pullRequestWords),
	];
	const line = {
		...section(`*${target === null ? title : `<${target}|${title}>`}*\n${facts.join(" · ")}`),
		block_id: `home_session ${session.id}`,
	};
	const buttons = buttonsOf(session, thread);
	const [only, ...more] = buttons;
	return more.length === 0 && only !== undefined
		? [{ ...line, accessory: only }]
		: [line, { type: "actions", block_id: `home_session_actions ${session.id}`, elements: buttons }];
}

function pullRequestWords({ number, url, state }: OwnSession["pullRequests"][number]): string {
	const target = toLinkTarget(url);
	return target === null ? `#${number} ${state}` : `<${target}|#${number}> ${state}`;
}

function buttonsOf({ id, group, waitsFor, isRunning, queued, last }: OwnSession, thread: string): Button[] {
	const buttons: Button[] = [];
	if (waitsFor === "account")
		buttons.push(button(WAITS_FOR.account.button, "home_tab_settings", "settings", "primary"));
	else if (waitsFor === null) buttons.push({ ...button("Open thread", OPEN_THREAD, id), url: thread });
	else buttons.push({ ...button(WAITS_FOR[waitsFor].button, OPEN_THREAD, id, "primary"), url: thread });
	if (isRunning || queued > 0) buttons.push(button("Stop", STOP_SESSION, id));
	if (group === "recent" && last !== null && (last.status === "failed" || last.status === "stopped"))
		buttons.push(button("Retry", RETRY_PROMPT, pairValue(id, last.promptId)));
	return buttons;
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
