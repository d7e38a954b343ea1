import type { KnownBlock } from "@slack/types";
import type { PullRequestView } from "../../sessions/session-view.ts";
import { codeSpan, escapeMrkdwn, plainLine } from "../text/escape.ts";
import { toLinkTarget } from "../text/link-target.ts";
import { OPEN_PULL_REQUEST } from "./actions.ts";
import { button, contextLine, fallback, type OutgoingMessage, section } from "./message.ts";

const MAX_NAMES = 5;
const MAX_NAME_CHARACTERS = 60;

/** A pull request as a card; the same message follows its state. `snippet`: what its turn changed, where that is little. */
export function pullRequestMessage(
	pullRequest: PullRequestView,
	snippet: string | null = null,
): OutgoingMessage {
	const title = `#${pullRequest.number} ${plainLine(pullRequest.title, 250)}`;
	const url = toLinkTarget(pullRequest.url);
	const head = `*${link(pullRequest, title)}*`;
	const opinion = [...reviewWords(pullRequest), ...checkWords(pullRequest)].join(" · ");
	const facts = [
		stateWords(pullRequest),
		codeSpan(pullRequest.repository),
		`${codeSpan(pullRequest.branch)} → ${codeSpan(pullRequest.base)}`,
		`+${pullRequest.additions} −${pullRequest.deletions}`,
	].join(" · ");
	const blocks: KnownBlock[] = [
		section(head),
		contextLine(facts),
		...(opinion === "" ? [] : [contextLine(opinion)]),
		...(isWhole(pullRequest, snippet) ? [section(codeBlock(snippet))] : []),
		...(url === null
			? []
			: [
					{
						type: "actions" as const,
						elements: [
							{
								...button(
									"View pull request",
									OPEN_PULL_REQUEST,
									pullRequest.id,
									pullRequest.state === "open" ? "primary" : undefined,
								),
								url: pullRequest.url,
							},
						],
					},
				]),
	];
	const state = pullRequest.state === "open" ? "Pull request" : `Pull request ${pullRequest.state}:`;
	return { text: fallback(`${state} ${head}`), blocks };
}

/** The one line of its own that a thread gets when a pull request is done with; the same line follows a reopening. */
export function pullRequestEndMessage(pullRequest: PullRequestView): OutgoingMessage {
	const name = link(pullRequest, `#${pullRequest.number}`);
	const words = (() => {
		switch (pullRequest.state) {
			case "merged":
				return `🟣 ${name} was merged${byWords(pullRequest)}. Reply here if there is more to do.`;
			case "closed":
				return `⚪ ${name} was closed and not merged. Reply here if there is more to do.`;
			case "open":
				return `🟢 ${name} was reopened.`;
			default:
				return pullRequest.state satisfies never;
		}
	})();
	return { text: fallback(words), blocks: [contextLine(words)] };
}

/** Only what is all of the pull request is shown: part of it would be taken for the whole. */
function isWhole({ additions, deletions }: PullRequestView, snippet: string | null): snippet is string {
	const count = (sign: string) => snippet?.split("\n").filter((line) => line.startsWith(sign)).length;
	return count("+") === additions && count("-") === deletions && additions + deletions > 0;
}

function codeBlock(text: string): string {
	return `\`\`\`\n${escapeMrkdwn(text.replaceAll("```", "'''"))}\n\`\`\``;
}

function stateWords(pullRequest: PullRequestView): string {
	switch (pullRequest.state) {
		case "merged":
			return `🟣 Merged${byWords(pullRequest)}`;
		case "closed":
			return "⚪ Closed";
		case "open":
			return pullRequest.draft ? "📝 Draft" : "🟢 Open";
		default:
			return pullRequest.state satisfies never;
	}
}

function byWords({ mergedBy }: PullRequestView): string {
	return mergedBy === null ? "" : ` by ${plainLine(mergedBy, MAX_NAME_CHARACTERS)}`;
}

function reviewWords(pullRequest: PullRequestView): string[] {
	const { approvedBy, changesRequestedBy, isIndependent, state } = pullRequest;
	const isVain = approvedBy.length > 0 && isIndependent === false && state === "open";
	return [
		...(approvedBy.length === 0 ? [] : [`✅ Approved by ${names(approvedBy)}`]),
		...(isVain ? ["👥 Needs an approval by somebody with write access who did not prompt"] : []),
		...(changesRequestedBy.length === 0 ? [] : [`🔁 Changes wanted by ${names(changesRequestedBy)}`]),
	];
}

/** What they said of a head that is merged or closed is nobody's business any more. */
function checkWords({ state, checks, failingChecks }: PullRequestView): string[] {
	if (state !== "open" || checks === null) return [];
	if (checks === "pending") return ["⏳ Checks run"];
	if (checks === "passing") return ["✔️ Checks pass"];
	return [failingChecks.length === 0 ? "❌ Checks fail" : `❌ Checks fail: ${names(failingChecks)}`];
}

function names(all: string[]): string {
	const shown = all.slice(0, MAX_NAMES).map((name) => plainLine(name, MAX_NAME_CHARACTERS));
	const more = all.length - shown.length;
	return [...shown, ...(more > 0 ? [`${more} more`] : [])].join(", ");
}

/** `words` are escaped. */
function link(pullRequest: PullRequestView, words: string): string {
	const url = toLinkTarget(pullRequest.url);
	return url === null ? words : `<${url}|${words.replaceAll("|", "¦")}>`;
}
