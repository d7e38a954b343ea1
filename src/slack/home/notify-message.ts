import type { KnownBlock } from "@slack/types";
import type { PromptView, SessionView } from "../../sessions/session-view.ts";
import { OPEN_THREAD } from "../blocks/actions.ts";
import { button, fallback, type OutgoingMessage, section } from "../blocks/message.ts";
import { codeSpan, plainLine } from "../text/escape.ts";
import { toLinkTarget } from "../text/link-target.ts";
import { splitMrkdwn } from "../text/split.ts";
import { toMrkdwn } from "../text/to-mrkdwn.ts";

const GIST_CHARACTERS = 700;

/** Pure. How a prompt ended, for its author alone: the beginning of its answer and the way to it. */
export function notifyMessage(session: SessionView, prompt: PromptView, threadUrl: string): OutgoingMessage {
	const where = session.repository === null ? "" : ` · ${codeSpan(session.repository.fullName)}`;
	const heading = `${headingOf(prompt)}: *${plainLine(prompt.text, 120) || "your request"}*${where}`;
	const [gist = "", ...rest] = splitMrkdwn(toMrkdwn(prompt.answer ?? ""), GIST_CHARACTERS);
	const pullRequests = session.pullRequests
		.filter(({ promptId }) => promptId === prompt.id)
		.map(({ number, title, url }) => {
			const target = toLinkTarget(url);
			const words = plainLine(`#${number} ${title}`, 120);
			return `🔗 ${target === null ? words : `<${target}|${words}>`}`;
		});
	const blocks: KnownBlock[] = [
		section(heading),
		...(gist === "" ? [] : [section(`${gist}${rest.length > 0 ? " …" : ""}`)]),
		...(pullRequests.length === 0 ? [] : [section(pullRequests.join("\n"))]),
		{
			type: "actions",
			elements: [{ ...button("Open thread", OPEN_THREAD, session.id), url: threadUrl }],
		},
	];
	return { text: fallback([heading, gist].filter((part) => part !== "").join("\n")), blocks };
}

function headingOf({ status, problem }: PromptView): string {
	switch (status) {
		case "failed":
			return `❌ Failed${problem === null ? "" : ` (${plainLine(problem.message, 200)})`}`;
		case "stopped":
			return "⏹ Stopped";
		case "cancelled":
			return "⏹ Cancelled before it began";
		default:
			return "✅ Done";
	}
}
