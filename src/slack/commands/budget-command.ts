import type { CapAddress, CapChoice, CapView } from "../../contract/budget.ts";
import { AppError } from "../../errors.ts";
import type { ListenerDeps } from "../listeners/deps.ts";
import { costWords, moneyWords } from "../text/words.ts";
import type { Caller } from "./caller.ts";
import type { BudgetWho } from "./parse-command.ts";

const WHOSE_WORDS: Record<BudgetWho, string> = {
	me: "Your",
	channel: "This channel's",
	workspace: "This workspace's",
};
const HOW_TO =
	"`/bobbin budget me $50` sets yours to $50 a month, `/bobbin budget me none` takes that limit away. Admins write `channel` or `workspace` in the place of `me`.";

/** What this month's budgets are and what was spent of them, as mrkdwn. `isUnread`: something was to be set. */
export async function showBudget(
	{ budget }: ListenerDeps,
	caller: Caller,
	isUnread: boolean,
): Promise<string> {
	if (budget === undefined) return "Nothing has a budget here.";
	const whose: BudgetWho[] = ["me", "channel", "workspace"];
	const caps = await budget.readCaps(whose.map((who) => toAddress(who, caller)));
	const lines = caps.map(
		(cap, index) => `• ${WHOSE_WORDS[whose[index] ?? "me"]} budget: ${limitWords(cap)}, ${spentWords(cap)}`,
	);
	return [
		...(isUnread ? ["I could not read that, so nothing is changed."] : []),
		"*What work may cost this month*: where a budget is used up, I pause and ask.",
		...lines,
		HOW_TO,
	].join("\n");
}

/** @throws AppError `access_unknown` (retryable) */
export async function setBudget(
	{ budget }: ListenerDeps,
	{ who, cap }: { who: BudgetWho; cap: CapChoice },
	caller: Caller,
): Promise<string> {
	if (budget === undefined) return "Nothing has a budget here.";
	const { personId, teamId } = caller;
	try {
		const view = await budget.setCap({ ...toAddress(who, caller), cap, personId, teamId });
		const goesOn = "Work that waited for it goes on if that is enough.";
		return `${WHOSE_WORDS[who]} budget is now: ${limitWords(view)}. This month ${spentWords(view)}. ${goesOn}`;
	} catch (error) {
		if (!(error instanceof AppError) || error.code !== "forbidden") throw error;
		return error.message;
	}
}

function toAddress(who: BudgetWho, { teamId, channelId, personId }: Caller): CapAddress {
	switch (who) {
		case "me":
			return { scope: "person", subject: personId };
		case "channel":
			return { scope: "channel", subject: `${teamId}:${channelId}` };
		case "workspace":
			return { scope: "workspace", subject: teamId };
		default:
			return who satisfies never;
	}
}

function limitWords({ capUsd }: CapView): string {
	return capUsd === null ? "no limit" : `${moneyWords(capUsd)} a month`;
}

function spentWords({ spentUsd }: CapView): string {
	return `${costWords(spentUsd) || "nothing"} is spent so far`;
}
