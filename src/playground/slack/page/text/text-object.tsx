import type { TextObject } from "@slack/types";
import { Mrkdwn } from "./mrkdwn.tsx";
import { Plain } from "./plain.tsx";

/** A `plain_text` or `mrkdwn` object of Block Kit. */
export function Text({ of }: { of: TextObject }) {
	if (of.type === "mrkdwn") return <Mrkdwn source={of.text} />;
	return <Plain text={of.text} emoji={of.emoji ?? true} />;
}
