import type { SessionView } from "../../../sessions/session-view.ts";
import { cut } from "../../text/escape.ts";
import { costWords } from "../../text/words.ts";

/** An item at the top of a code channel (types of @slack/web-api 8.2: a key of 64, a label of 128, five of them at most). */
export interface ContextBarItem {
	key: string;
	label: string;
	icon: "folder" | "branch" | "hierarchy" | "terminal" | "life-ring";
	url?: string;
}

const MAX_LABEL_CHARACTERS = 128;
const CHECK_WORDS = { pending: "Checks run", passing: "Checks pass", failing: "Checks fail" } as const;

/** Pure. Repository, branch, pull request, checks and cost, as far as there are any. Labels are plain text to Slack. */
export function contextBar(
	session: Pick<SessionView, "repository" | "pullRequests" | "prompts">,
): ContextBarItem[] {
	const { repository, pullRequests, prompts } = session;
	const pullRequest = pullRequests.at(-1);
	const costUsd = prompts.reduce((sum, one) => (one.finishedAt === null ? sum : sum + one.costUsd), 0);
	const items: ContextBarItem[] = [
		...(repository === null
			? []
			: [{ key: "repository", label: repository.fullName, icon: "folder" as const }]),
		...(pullRequest === undefined
			? []
			: [
					{ key: "branch", label: pullRequest.branch, icon: "branch" as const },
					{
						key: "pull_request",
						label: `#${pullRequest.number} ${pullRequest.draft && pullRequest.state === "open" ? "draft" : pullRequest.state}`,
						icon: "hierarchy" as const,
						url: pullRequest.url,
					},
				]),
		...(pullRequest?.checks == null
			? []
			: [{ key: "checks", label: CHECK_WORDS[pullRequest.checks], icon: "terminal" as const }]),
		...(costUsd > 0 ? [{ key: "cost", label: costWords(costUsd), icon: "life-ring" as const }] : []),
	];
	return items.map((item) => ({ ...item, label: cut(item.label, MAX_LABEL_CHARACTERS) }));
}
