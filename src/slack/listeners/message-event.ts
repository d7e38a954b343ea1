import { z } from "zod";
import type { PromptFile } from "../../contract/session.ts";
import { decideFiles } from "../context/decide-files.ts";
import { slackMessage } from "../context/slack-message.ts";

/** The parts of `message` and `app_mention` that we read; both kinds of one mention are alike in them. */
export const messageEvent = z.looseObject({
	type: z.enum(["message", "app_mention"]),
	subtype: z.string().optional(),
	channel: z.string(),
	channel_type: z.string().optional(),
	user: z.string().optional(),
	bot_id: z.string().nullish(),
	text: z.string().nullish(),
	ts: z.string(),
	thread_ts: z.string().optional(),
	files: slackMessage.shape.files,
	attachments: slackMessage.shape.attachments,
});

export type MessageEvent = z.infer<typeof messageEvent>;

/** Files as a prompt carries them. Without an address (a shared channel) the address is asked for when it is needed. */
export function toPromptFiles(event: Pick<MessageEvent, "files">): PromptFile[] {
	return decideFiles(event.files ?? []);
}
