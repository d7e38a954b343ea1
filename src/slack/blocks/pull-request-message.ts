import type { KnownBlock } from "@slack/types";
import type { PullRequestView } from "../../sessions/sessions.ts";
import { codeSpan, plainLine } from "../text/escape.ts";
import { OPEN_PULL_REQUEST } from "./actions.ts";
import { button, contextLine, fallback, type OutgoingMessage, section } from "./message.ts";

const STATE_WORDS: Record<PullRequestView["state"], string> = {
	open: "🟢 Open",
	merged: "🟣 Merged",
	closed: "⚪ Closed",
};
const MAX_URL_CHARACTERS = 3_000;

/** A pull request as a card; the same message follows its state. */
export function pullRequestMessage(pullRequest: PullRequestView): OutgoingMessage {
	const title = `#${pullRequest.number} ${plainLine(pullRequest.title, 250)}`;
	const url = toLinkTarget(pullRequest.url);
	const head = url === null ? `*${title}*` : `*<${url}|${title.replaceAll("|", "¦")}>*`;
	const facts = [
		STATE_WORDS[pullRequest.state],
		codeSpan(pullRequest.repository),
		`${codeSpan(pullRequest.branch)} → ${codeSpan(pullRequest.base)}`,
		`+${pullRequest.additions} −${pullRequest.deletions}`,
	].join(" · ");
	const blocks: KnownBlock[] = [
		section(head),
		contextLine(facts),
		...(url === null
			? []
			: [
					{
						type: "actions" as const,
						elements: [
							{
								...button("Open pull request", OPEN_PULL_REQUEST, pullRequest.id, "primary"),
								url: pullRequest.url,
							},
						],
					},
				]),
	];
	const state = pullRequest.state === "open" ? "Pull request" : `Pull request ${pullRequest.state}:`;
	return { text: fallback(`${state} ${head}`), blocks };
}

/** An address that may stand in a link of Slack's markup; null for what is no web address. */
function toLinkTarget(url: string): string | null {
	if (url.length > MAX_URL_CHARACTERS || !/^https?:\/\//.test(url) || !URL.canParse(url)) return null;
	return url.replaceAll("&", "&amp;").replace(/[<>|\s]/g, encodeURIComponent);
}
