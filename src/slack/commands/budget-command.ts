import type { CapAddress, CapChoice, CapView } from "../../contract/budget.ts";
import { AppError } from "../../errors.ts";
import type { ListenerDeps } from "../listeners/deps.ts";
import { costWords, moneyWords } from "../text/words.ts";
import type { Caller } from "./caller.ts";
import type { BudgetWho } from "./parse-command.ts";

const WHO_WORDS: Record<BudgetWho, string> = {
	me: "You",
	channel: "This channel",
	workspace: "This workspace",
};
const HOW_TO =
	"`/bobbin budget me $50` sets one (`channel` and `workspace` are for admins, `none` takes it away).";

/** What this month's budgets are and what was spent of them, as mrkdwn. */
export async function showBudget({ budget }: ListenerDeps, caller: Caller): Promise<string> {
	if (budget === undefined) return "Nothing has a budget here.";
	const whose: BudgetWho[] = ["me", "channel", "workspace"];
	const caps = await budget.readCaps(whose.map((who) => toAddress(who, caller)));
	const lines = caps.map((cap, index) => `• ${WHO_WORDS[whose[index] ?? "me"]}: ${capWords(cap)}`);
	return ["*This month*", ...lines, HOW_TO].join("\n");
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
		return `${WHO_WORDS[who]}: ${capWords(view)} What it paused goes on by itself where it may.`;
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

function capWords({ spentUsd, capUsd }: CapView): string {
	const spent = costWords(spentUsd) || "nothing";
	return capUsd === null ? `spent ${spent}, no cap.` : `spent ${spent} of ${moneyWords(capUsd)}.`;
}
