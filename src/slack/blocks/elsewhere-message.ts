import type { PromptView, PullRequestView } from "../../sessions/sessions.ts";
import { plainLine } from "../text/escape.ts";
import { toLinkTarget } from "../text/link-target.ts";
import { splitMrkdwn } from "../text/split.ts";
import { toMrkdwn } from "../text/to-mrkdwn.ts";
import { contextLine, fallback, type OutgoingMessage, section } from "./message.ts";

const ANSWER_CHARACTERS = 2_900;

/** What became of a prompt, for whoever asked, where its thread cannot be written to any more. */
export function elsewhereMessage(
	prompt: Pick<PromptView, "text" | "status" | "answer" | "problem">,
	pullRequests: Pick<PullRequestView, "repository" | "number" | "url">[],
	at: { channelId: string; isArchived: boolean },
): OutgoingMessage {
	const channel = `<#${at.channelId}>`;
	const why = at.isArchived ? `${channel} is archived` : `I am not in ${channel} any more`;
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
