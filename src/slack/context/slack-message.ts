import { z } from "zod";

/** A file as events and the Web API show it. */
export const slackFile = z.looseObject({
	id: z.string(),
	name: z.string().nullish(),
	title: z.string().nullish(),
	mimetype: z.string().nullish(),
	filetype: z.string().nullish(),
	size: z.number().nullish(),
	/** `hosted` and `snippet` are files; `external`, `tombstone`, `hidden_by_limit`, `space`, `quip` and more are not. */
	mode: z.string().nullish(),
	/** `check_file_info`: of a shared channel, to be asked for; others: not for us. */
	file_access: z.string().nullish(),
	url_private: z.string().nullish(),
	url_private_download: z.string().nullish(),
});

const field = z.looseObject({ title: z.string().nullish(), value: z.string().nullish() });

/** A secondary attachment: of an app, a link's preview, or a message that was forwarded. */
const slackAttachment = z.looseObject({
	is_share: z.boolean().nullish(),
	is_msg_unfurl: z.boolean().nullish(),
	author_name: z.string().nullish(),
	author_id: z.string().nullish(),
	bot_id: z.string().nullish(),
	channel_name: z.string().nullish(),
	ts: z.union([z.string(), z.number()]).nullish(),
	pretext: z.string().nullish(),
	title: z.string().nullish(),
	title_link: z.string().nullish(),
	text: z.string().nullish(),
	fallback: z.string().nullish(),
	fields: z.array(field).nullish(),
	footer: z.string().nullish(),
	blocks: z.array(z.unknown()).nullish(),
	message_blocks: z
		.array(z.looseObject({ message: z.looseObject({ blocks: z.array(z.unknown()).nullish() }).nullish() }))
		.nullish(),
	files: z.array(slackFile).nullish(),
});

/** The parts of a message that we read, wherever it comes from. */
export const slackMessage = z.looseObject({
	ts: z.string(),
	thread_ts: z.string().optional(),
	subtype: z.string().optional(),
	user: z.string().nullish(),
	bot_id: z.string().nullish(),
	username: z.string().nullish(),
	bot_profile: z.looseObject({ name: z.string().nullish() }).nullish(),
	text: z.string().nullish(),
	blocks: z.array(z.unknown()).nullish(),
	attachments: z.array(slackAttachment).nullish(),
	files: z.array(slackFile).nullish(),
	reply_count: z.number().nullish(),
});

export type SlackFile = z.infer<typeof slackFile>;
export type SlackAttachment = z.infer<typeof slackAttachment>;
export type SlackMessage = z.infer<typeof slackMessage>;
/** What is read of the words of a message; an event has it too. */
export type SpokenMessage = Pick<SlackMessage, "user" | "bot_id" | "text" | "blocks" | "attachments">;
