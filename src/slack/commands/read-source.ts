import { z } from "zod";
import type { PromptFile } from "../../contract/session.ts";
import { AppError } from "../../errors.ts";
import { slackFile } from "../context/slack-message.ts";
import type { ListenerDeps } from "../listeners/deps.ts";
import { toPromptFiles } from "../listeners/message-event.ts";
import { mentionedUsers, toPlainText } from "../text/from-slack.ts";
import { toCallFailure } from "../web-api/call-failure.ts";
import type { SourceMessage } from "./new-session-view.ts";

const message = z.looseObject({
	ts: z.string().optional(),
	text: z.string().nullish(),
	user: z.string().optional(),
	files: z.array(slackFile).nullish(),
});

/**
 * The message from whose menu something was asked: its words, whose they are, its files. Null: we cannot read it there,
 * or it is gone.
 *
 * @throws AppError `slack_unavailable` (retryable)
 */
export async function readSource(
	deps: ListenerDeps,
	teamId: string,
	{ channelId, ts, threadTs }: SourceMessage,
): Promise<{ text: string; author: string; files: PromptFile[] } | null> {
	const { clients, directory, botUserId } = await deps.workspaces.of(teamId);
	const answer = await clients.deliver.conversations
		.replies({ channel: channelId, ts: threadTs, oldest: ts, latest: ts, inclusive: true, limit: 10 })
		.catch((cause: unknown) => {
			const failure = toCallFailure(cause);
			if (failure.kind === "refused") return null;
			throw new AppError("slack_unavailable", `Slack did not give a message (${failure.error}).`, {
				retryable: true,
				cause,
			});
		});
	// The thread's first message comes along whatever is asked for.
	const found = z
		.array(message)
		.safeParse(answer?.messages ?? [])
		.data?.find((one) => one.ts === ts);
	if (found === undefined) return null;
	const userIds = mentionedUsers(found.text ?? "");
	const users = await directory.names([...userIds, ...(found.user === undefined ? [] : [found.user])]);
	return {
		text: toPlainText(found.text ?? "", { botUserId, users }),
		author: users.get(found.user ?? "") ?? "somebody",
		files: toPromptFiles({ files: found.files }),
	};
}
