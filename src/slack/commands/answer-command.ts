import { readChannelDefault, readRepository } from "../../sessions/routing/repository-store.ts";
import type { TeamPeriod } from "../../stats/period.ts";
import { readSessionFunnel } from "../../stats/session-funnel.ts";
import { accountBlocks } from "../blocks/connect-github.ts";
import { fallback, type OutgoingMessage, section } from "../blocks/message.ts";
import type { ListenerDeps } from "../listeners/deps.ts";
import { codeSpan, plainLine } from "../text/escape.ts";
import { showBudget } from "./budget-command.ts";
import type { Caller } from "./caller.ts";
import { describeSession } from "./describe-session.ts";
import { findNamed, NO_SUCH_SESSION } from "./do-command.ts";
import { commandHelp } from "./help-text.ts";
import type { AskingCommand } from "./parse-command.ts";
import { showMySessions, showStatus } from "./show-sessions.ts";

/** What to say privately to a command that only asks. */
export async function answerCommand(
	deps: ListenerDeps,
	command: AskingCommand,
	caller: Caller,
): Promise<string | OutgoingMessage> {
	switch (command.command) {
		case "help":
			return commandHelp();
		case "unknown":
			return `There is no \`/bobbin ${plainLine(command.word, 40)}\`. Did you mean \`/bobbin ${command.nearest}\`? \`/bobbin help\` says what there is.`;
		case "word":
			return `There is no \`/bobbin ${plainLine(command.word, 40)}\`. Write *${plainLine(command.word, 40)}* by itself in the thread of the work: Slack has no commands there.`;
		case "too_many":
			return `Please spawn ${command.most} at most at once, so that the channel can follow.`;
		case "sessions":
			return showMySessions(deps, caller);
		case "status":
			return command.session === null ? showStatus(deps, caller) : status(deps, command.session, caller);
		case "repo":
			return showRepository(deps, caller);
		case "link":
			return showAccount(deps, caller);
		case "stats":
			return showStats(deps, caller);
		case "budget":
			return showBudget(deps, caller, command.isUnread);
		default:
			return command satisfies never;
	}
}

async function status(deps: ListenerDeps, named: string, caller: Caller): Promise<string> {
	const sessionId = await findNamed(deps, named, caller);
	if (sessionId === null) return NO_SUCH_SESSION;
	const view = await deps.sessions.view(sessionId);
	return describeSession(view, { model: null, nowMs: deps.now() }).join("\n");
}

async function showRepository(deps: ListenerDeps, { teamId, channelId, personId }: Caller): Promise<string> {
	const id = await readChannelDefault(deps.db, { teamId, channelId });
	const repository = id === null ? undefined : await readRepository(deps.db, id);
	const howTo = "`/bobbin repo owner/name` sets one.";
	if (repository === undefined)
		return `This channel is about no repository in particular: I find out from what is asked. ${howTo}`;
	const name = `${repository.owner}/${repository.name}`;
	// What they may not see they are not told the name of.
	const found = await deps.sessions.searchRepositories({ personId, query: name, limit: 1 });
	if (found[0]?.repositoryId !== id)
		return `This channel is about a repository that you may not use, or that is gone. ${howTo}`;
	return `What is asked in this channel is about ${codeSpan(name)}, unless another is named. \`/bobbin repo none\` forgets it.`;
}

async function showAccount(deps: ListenerDeps, { personId }: Caller): Promise<string | OutgoingMessage> {
	const { accounts } = deps;
	if (accounts === undefined) return "Nobody can connect a GitHub account here: I work as the GitHub App.";
	const { state, login } = await accounts.stateOf(personId);
	const blocks =
		state === "live"
			? accountBlocks({ state, login: login ?? "" })
			: accountBlocks({ state, url: (await accounts.invite(personId)).url });
	const text = state === "live" ? "GitHub is connected." : "Connect your GitHub account.";
	return { text, blocks };
}

const DAY_MS = 86_400_000;
const PERIODS = [7, 30, 90];

async function showStats(deps: ListenerDeps, { teamId }: Caller): Promise<OutgoingMessage> {
	const until = new Date(deps.now());
	const lines = await Promise.all(
		PERIODS.map(async (days) => {
			const since = new Date(until.getTime() - days * DAY_MS);
			const period: TeamPeriod = { since, until, teamId };
			const { sessions, merged } = await readSessionFunnel(deps.db, period);
			const share = sessions === 0 ? "" : ` (${Math.round((100 * merged) / sessions)}%)`;
			return `• last ${days} days: ${sessions} → ${merged}${share}`;
		}),
	);
	const words = ["*Sessions → merged pull requests*", ...lines, "More is in my home, under Stats."].join(
		"\n",
	);
	return { text: fallback(words), blocks: [section(words)] };
}
