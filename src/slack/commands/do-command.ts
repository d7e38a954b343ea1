import { findListedSession, listSessions } from "../../sessions/session-list-store.ts";
import type { OutgoingMessage } from "../blocks/message.ts";
import type { ListenerDeps } from "../listeners/deps.ts";
import type { ThreadStart } from "../start-thread.ts";
import { codeSpan, plainLine } from "../text/escape.ts";
import { beginSession } from "./begin-session.ts";
import { setBudget } from "./budget-command.ts";
import type { Caller } from "./caller.ts";
import { listMessage } from "./list-message.ts";
import type { DoingCommand } from "./parse-command.ts";
import { isOpen } from "./show-sessions.ts";

/**
 * Does what a command asks for that begins or changes work; it may be done again, `key` tells that it is the same one.
 * Gives what to say about it privately; null: the channel shows it.
 *
 * @throws AppError `slack_unavailable`, `access_unknown` (retryable)
 */
export async function doCommand(
	deps: ListenerDeps,
	command: DoingCommand,
	caller: Caller,
	key: string,
): Promise<string | OutgoingMessage | null> {
	switch (command.command) {
		case "new":
			return begin(deps, [{ ...caller, key, text: command.text }]);
		case "spawn":
			return begin(
				deps,
				command.texts.map((text, index) => ({ ...caller, key: `${key}:${index + 1}`, text })),
			);
		case "stop":
			return stop(deps, command.session, caller);
		case "set_repo":
			return setRepository(deps, command.wanted, caller);
		case "set_budget":
			return setBudget(deps, command, caller);
		default:
			return command satisfies never;
	}
}

/** One after the other; where one is refused the next are too. */
async function begin(deps: ListenerDeps, starts: ThreadStart[]): Promise<string | null> {
	for (const start of starts) {
		const begun = await beginSession(deps, start);
		if (begun.outcome === "refused") return begun.why;
	}
	return null;
}

async function stop(
	deps: ListenerDeps,
	named: string | null,
	caller: Caller,
): Promise<string | OutgoingMessage> {
	if (named === null) return stopMine(deps, caller);
	const sessionId = await findNamed(deps, named, caller);
	return sessionId === null ? NO_SUCH_SESSION : stopOne(deps, sessionId, caller.personId);
}

/** Stops the only one of a person's sessions that is at work, here first; of several it asks which. */
export async function stopMine(
	deps: ListenerDeps,
	caller: Omit<Caller, "userId">,
): Promise<string | OutgoingMessage> {
	const { teamId, channelId, personId } = caller;
	const mine = (await listSessions(deps.db, { teamId, personId, recent: 0 })).filter(isOpen);
	const here = mine.filter(({ thread }) => thread.channelId === channelId);
	const [only, ...others] = here.length > 0 ? here : mine;
	if (only === undefined)
		return "Nothing of yours is at work. In a thread, *stop* ends what runs there, whoever asked for it.";
	if (others.length === 0) return stopOne(deps, only.id, personId);
	const { url: workspaceUrl } = await deps.workspaces.of(teamId);
	const title = "Which one shall I stop?";
	return listMessage([only, ...others], { title, empty: "", workspaceUrl, channelId });
}

/** Stops a session of a list, and says so. */
export async function stopOne(deps: ListenerDeps, sessionId: string, personId: string): Promise<string> {
	const result = await deps.sessions.stop({ sessionId, personId });
	await deps.showNow(sessionId);
	const { title } = await deps.sessions.view(sessionId);
	return result.outcome === "nothing_runs" && result.cancelledPrompts === 0
		? `Nothing runs in *${plainLine(title, 120)}* any more.`
		: `⏹ Stopping *${plainLine(title, 120)}*. The work so far is kept.`;
}

export const NO_SUCH_SESSION =
	"I find no such session here. `/bobbin sessions` lists yours; give the digits that stand there, or the link to the thread.";

/** By the first digits of its id, or by the link to a message of its thread. */
export async function findNamed(deps: ListenerDeps, named: string, caller: Caller): Promise<string | null> {
	const link = /\/archives\/[A-Z0-9]+\/p(\d{10})(\d{6})(?:\?thread_ts=(\d{10}\.\d{6}))?/.exec(named);
	if (link !== null)
		return findListedSession(deps.db, { ...caller, threadTs: link[3] ?? `${link[1]}.${link[2]}` });
	const digits = /^`?([0-9a-f]{4,8})[0-9a-f-]*`?$/i.exec(named.trim());
	if (digits === null) return null;
	return findListedSession(deps.db, { ...caller, idStart: String(digits[1]).toLowerCase() });
}

async function setRepository(deps: ListenerDeps, wanted: string, caller: Caller): Promise<string> {
	const { personId } = caller;
	if (wanted.toLowerCase() === "none") {
		await deps.sessions.setChannelRepository({ ...caller, repositoryId: null });
		return "This channel is about no repository in particular now.";
	}
	const found = await deps.sessions.searchRepositories({ personId, query: wanted, limit: 4 });
	const exact = found.find(({ repository }) => repository.toLowerCase() === wanted.toLowerCase());
	const chosen = exact ?? (found.length === 1 ? found[0] : undefined);
	if (chosen === undefined) {
		const names = found.map(({ repository }) => codeSpan(repository)).join(", ");
		return found.length === 0
			? `I know no repository ${codeSpan(wanted)} that you may use.`
			: `Which one? ${names}. Say \`/bobbin repo owner/name\`.`;
	}
	const { repositoryId, repository } = chosen;
	const { outcome } = await deps.sessions.setChannelRepository({ ...caller, repositoryId });
	return outcome === "set"
		? `What is asked in this channel is about ${codeSpan(repository)} from now on, unless another is named.`
		: `Only who may write to ${codeSpan(repository)} at GitHub can make it this channel's.`;
}
