import type { Button, ContextBlock, KnownBlock, SectionBlock } from "@slack/types";
import { breakPings, cut } from "../text/escape.ts";

/** A message as we post it: blocks, and a text for notifications and for clients that cannot draw blocks. */
export interface OutgoingMessage {
	text: string;
	blocks: KnownBlock[];
}

/** Slack refuses an edit whose text is longer than 4,000 characters. */
const MAX_FALLBACK_CHARACTERS = 3_900;
const MAX_SECTION_CHARACTERS = 3_000;
const MAX_BUTTON_CHARACTERS = 75;

/** `mrkdwn` is already escaped. */
export function section(mrkdwn: string): SectionBlock {
	return { type: "section", text: { type: "mrkdwn", text: cut(mrkdwn, MAX_SECTION_CHARACTERS) } };
}

/** A small grey line; `mrkdwn` is already escaped. */
export function contextLine(mrkdwn: string): ContextBlock {
	return { type: "context", elements: [{ type: "mrkdwn", text: cut(mrkdwn, MAX_SECTION_CHARACTERS) }] };
}

/** A button; its words are plain text for Slack, so they need no escape. */
export function button(words: string, actionId: string, value: string, style?: "primary" | "danger"): Button {
	return {
		type: "button",
		text: { type: "plain_text", text: cut(words, MAX_BUTTON_CHARACTERS), emoji: false },
		action_id: actionId,
		value,
		...(style === undefined ? {} : { style }),
	};
}

/** A fallback text made of a message's own mrkdwn. */
export function fallback(mrkdwn: string): string {
	return breakPings(cut(mrkdwn, MAX_FALLBACK_CHARACTERS));
}
