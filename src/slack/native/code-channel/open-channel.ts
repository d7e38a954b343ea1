import type { App } from "@slack/bolt";
import { showThreadJob } from "../../../jobs/queue.ts";
import { OPEN_CHANNEL, readId } from "../../blocks/actions.ts";
import { onClick } from "../../listeners/action.ts";
import type { ListenerDeps } from "../../listeners/deps.ts";
import { findCodeChannel, wantCodeChannel } from "./code-channel-store.ts";

const NONE_HERE =
	"This workspace has no code channels for me, so it goes on in this thread. An admin can give them to me: <https://docs.slack.dev/ai/slack-code/|Slack Code>.";

/** Gives a session a channel of its own, once; says privately where it is, or why there is none. */
export async function openChannel(
	deps: Pick<ListenerDeps, "db" | "enqueue" | "workspaces" | "codeChannels" | "showNow">,
	{ sessionId, teamId, userId }: { sessionId: string; teamId: string; userId: string },
): Promise<string> {
	const before = await findCodeChannel(deps.db, sessionId);
	if (before === undefined || before.state === "refused") {
		if (!deps.codeChannels.mayHave(await deps.workspaces.of(teamId))) return NONE_HERE;
		await deps.db.transaction().execute(async (tx) => {
			await wantCodeChannel(tx, { sessionId, teamId, askedBy: userId });
			await deps.enqueue(tx, showThreadJob, { version: 1, sessionId }, { key: sessionId });
		});
		await deps.showNow(sessionId);
	}
	const channel = await findCodeChannel(deps.db, sessionId);
	if (channel === undefined) return NONE_HERE;
	switch (channel.state) {
		case "open":
			return `It has a channel: <#${channel.channelId}>. Whatever is said there is for me; who is missing joins there or is invited.`;
		case "archived":
		case "closed":
			return `Its channel <#${channel.channelId}> is archived or closed to me. Reply here to go on, or unarchive it and write there.`;
		case "refused":
			return deps.codeChannels.mayHave(await deps.workspaces.of(teamId))
				? "Slack did not open a channel for this. It goes on in this thread."
				: NONE_HERE;
		case "wanted":
			return "Slack asks me to wait. The channel opens as soon as it lets me, and this thread says where it is.";
		default:
			return channel.state satisfies never;
	}
}

export function listenToOpenChannel(app: App, deps: ListenerDeps): void {
	onClick(app, deps, OPEN_CHANNEL, async ({ value, teamId, userId, whisper }) => {
		const sessionId = readId(value);
		if (sessionId !== null) await whisper(await openChannel(deps, { sessionId, teamId, userId }));
	});
}
