import { type ListedSession, listSessions } from "../../sessions/session-list-store.ts";
import type { OutgoingMessage } from "../blocks/message.ts";
import type { ListenerDeps } from "../listeners/deps.ts";
import { listMessage } from "./list-message.ts";

type Deps = Pick<ListenerDeps, "db" | "workspaces">;
interface Asker {
	teamId: string;
	channelId: string;
	personId: string;
}

const RECENT = 8;

/** Pure. Whether something of it is not over: it works, waits, or waits for a person. */
export function isOpen({ isRunning, queued, status }: ListedSession): boolean {
	return isRunning || queued > 0 || status === "asking";
}

/** What is not over in the channel, and of one's own elsewhere. */
export async function showStatus(
	deps: Deps,
	{ teamId, channelId, personId }: Asker,
): Promise<OutgoingMessage> {
	const [here, mine, { url }] = await Promise.all([
		listSessions(deps.db, { teamId, channelId, recent: 0 }),
		listSessions(deps.db, { teamId, personId, recent: 0 }),
		deps.workspaces.of(teamId),
	]);
	const known = new Set(here.map(({ id }) => id));
	return listMessage([...here, ...mine.filter(({ id }) => !known.has(id))], {
		title: "At work in this channel, and yours elsewhere",
		empty: "Nothing is at work here, nor of yours elsewhere.",
		workspaceUrl: url,
		channelId,
	});
}

/** One's own sessions: those that are not over, then the most recent. */
export async function showMySessions(
	deps: Deps,
	{ teamId, channelId, personId }: Asker,
): Promise<OutgoingMessage> {
	const [mine, { url }] = await Promise.all([
		listSessions(deps.db, { teamId, personId, recent: RECENT }),
		deps.workspaces.of(teamId),
	]);
	return listMessage(mine, {
		title: "Your sessions",
		empty: "You have no sessions yet. Mention me in a channel and say what to change.",
		workspaceUrl: url,
		channelId,
	});
}
