import { z } from "zod";
import type { PromptFile } from "../contract/session.ts";

/** A file as Slack tells of it, in messages and in modals. */
export const slackFile = z.looseObject({
	id: z.string(),
	name: z.string().nullish(),
	title: z.string().nullish(),
	mimetype: z.string().nullish(),
	size: z.number().nullish(),
	url_private: z.string().nullish(),
	url_private_download: z.string().nullish(),
});

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
	files: z.array(slackFile).nullish(),
});

export type MessageEvent = z.infer<typeof messageEvent>;

/** Files as a prompt carries them. Without an address (a shared channel) the address is asked for when it is needed. */
export function toPromptFiles(event: Pick<MessageEvent, "files">): PromptFile[] {
	return (event.files ?? []).map((given) => ({
		id: given.id,
		name: given.name || given.title || given.id,
		mimeType: given.mimetype || "application/octet-stream",
		sizeBytes: Math.max(0, Math.trunc(given.size ?? 0)),
		url: given.url_private_download ?? given.url_private ?? "",
	}));
}
