import { AppError } from "../../errors.ts";
import { readChannel } from "../context/read-channel.ts";
import type { ListenerDeps } from "../listeners/deps.ts";
import type { ThreadStart } from "../start-thread.ts";
import { plainLine } from "../text/escape.ts";

/**
 * Begins a session, or goes on with one, for something that was kept before it was acknowledged. Where Slack does not let
 * us, `why` says so to whoever asked, with their words, as mrkdwn.
 *
 * @throws AppError `slack_unavailable` (retryable)
 */
export async function beginSession(
	deps: ListenerDeps,
	start: ThreadStart,
): Promise<{ outcome: "begun"; sessionId: string } | { outcome: "refused"; why: string }> {
	const { teamId, channelId, personId, text, repositoryId } = start;
	const refuse = (why: string) => ({
		outcome: "refused" as const,
		why: `${why}\nYou had asked: ${plainLine(text, 1_000)}`,
	});
	const [{ directory }, rules] = await Promise.all([deps.workspaces.of(teamId), deps.workspaceRules(teamId)]);
	const isDirect = channelId.startsWith("D");
	const isShared = !isDirect && (await directory.isShared(channelId));
	if (isShared && !rules.allowSharedChannels)
		return refuse("That channel is shared with other companies: I do not work there. Pick one of your own.");
	if (repositoryId) deps.foresight.picked({ personId, repositoryId });
	else if (repositoryId === undefined) deps.foresight.mentioned({ personId, text, teamId, channelId });
	const context = isDirect ? {} : await readChannel(directory, channelId);
	try {
		const started = await deps.startThread({ ...start, context });
		deps.beginGathering(started.promptId);
		await deps.showNow(started.sessionId);
		return { outcome: "begun", sessionId: started.sessionId };
	} catch (error) {
		if (!(error instanceof AppError) || error.retryable) throw error;
		return refuse(error.message);
	}
}
