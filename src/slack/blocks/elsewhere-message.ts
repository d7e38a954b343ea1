import type { PromptView, PullRequestView } from "../../sessions/session-view.ts";
import { plainLine } from "../text/escape.ts";
import { toLinkTarget } from "../text/link-target.ts";
import { splitMrkdwn } from "../text/split.ts";
import { toMrkdwn } from "../text/to-mrkdwn.ts";
import { contextLine, fallback, type OutgoingMessage, section } from "./message.ts";

const ANSWER_CHARACTERS = 2_900;

/** Why nothing more can be said in a thread. */
export type ThreadClosed = "archived" | "left" | "read_only" | "thread_gone";

const WHY: Record<ThreadClosed, (channel: string) => string> = {
	archived: (channel) => `${channel} is archived`,
	left: (channel) => `I am not in ${channel} any more`,
	read_only: (channel) => `I may not write there in ${channel} any more`,
	thread_gone: (channel) => `the thread in ${channel} is gone`,
};

/** What became of a prompt, for whoever asked, where its thread cannot be written to any more. */
export function elsewhereMessage(
	prompt: Pick<PromptView, "text" | "status" | "answer" | "problem">,
	pullRequests: Pick<PullRequestView, "repository" | "number" | "url">[],
	at: { channelId: string; closed: ThreadClosed },
): OutgoingMessage {
	const why = WHY[at.closed](`<#${at.channelId}>`);
	const head = `${outcomeWords(prompt)} “${plainLine(prompt.text, 200)}”. I say it here because ${why}.`;
	const [answer = "", more] =
		prompt.answer === null ? [] : splitMrkdwn(toMrkdwn(prompt.answer), ANSWER_CHARACTERS);
	const links = pullRequests.flatMap(({ repository, number, url }) => {
		const target = toLinkTarget(url);
		return target === null ? [] : [`🔗 <${target}|${plainLine(`${repository}#${number}`, 120)}>`];
	});
	return {
		text: fallback([head, ...links].join("\n")),
		blocks: [
			section(head),
			...(answer === "" ? [] : [section(answer)]),
			...(links.length === 0 ? [] : [section(links.join("\n"))]),
			...(more === undefined ? [] : [contextLine("The rest is on the session's page.")]),
		],
	};
}

function outcomeWords({ status, problem }: Pick<PromptView, "status" | "problem">): string {
	switch (status) {
		case "done":
			return "✅ Done:";
		case "failed":
			return `❌ That did not work (${plainLine(problem?.message ?? "something went wrong", 500)}):`;
		default:
			return "⏹ Stopped:";
	}
}
