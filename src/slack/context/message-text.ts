import { type SlackNames, toPlainText } from "../text/from-slack.ts";
import { blocksToText } from "./blocks-text.ts";
import type { SlackAttachment, SpokenMessage } from "./slack-message.ts";

/** Pure. What a message says, as plain words: of an app also what its blocks and attachments show. */
export function messageToText(message: SpokenMessage, names: SlackNames): string {
	const text = toPlainText(message.text ?? "", names);
	const blocks = blocksToText(message.blocks ?? [], names);
	// What people write is text, which rich text repeats; of an app the text is only what a notification says.
	const own = message.bot_id || text === "" ? blocks || text : text;
	const attached = (message.attachments ?? [])
		.filter((attachment) => !isQuoted(attachment))
		.map((attachment) => attachmentToText(attachment, names));
	return [own, ...attached].filter((part) => part !== "").join("\n");
}

/** Pure. A message that was forwarded, or shown because it was linked to. */
export function isQuoted(attachment: SlackAttachment): boolean {
	return Boolean(attachment.is_share || attachment.is_msg_unfurl);
}

export function quotedToText(attachment: SlackAttachment, names: SlackNames): string {
	const blocks = (attachment.message_blocks ?? []).flatMap(({ message }) => message?.blocks ?? []);
	const shown = blocksToText(blocks, names) || attachmentToText(attachment, names);
	return shown;
}

function attachmentToText(attachment: SlackAttachment, names: SlackNames): string {
	const plain = (text: string | null | undefined) => toPlainText(text ?? "", names);
	const { title_link: link } = attachment;
	const title = plain(attachment.title);
	const lines = [
		plain(attachment.pretext),
		isQuoted(attachment) ? "" : plain(attachment.author_name),
		title !== "" && link ? `${title} (${link})` : title || (link ?? ""),
		plain(attachment.text),
		...(attachment.fields ?? []).map((field) =>
			[plain(field.title), plain(field.value)].filter((part) => part !== "").join(": "),
		),
		blocksToText(attachment.blocks ?? [], names),
		isQuoted(attachment) ? "" : plain(attachment.footer),
	].filter((line) => line !== "");
	return lines.length > 0 ? lines.join("\n") : plain(attachment.fallback);
}
