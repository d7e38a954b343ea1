import type { KnownBlock } from "@slack/types";
import type { PromptView, SessionView } from "../../../sessions/session-view.ts";
import { OPEN_CHANNEL } from "../../blocks/actions.ts";
import { button, contextLine, fallback, type OutgoingMessage } from "../../blocks/message.ts";

/** What a session's thread says of the session's channel. */
export type ChannelSign =
	/** It has none, and may have one. */
	| { state: "offered" }
	| { state: "wanted" | "refused" }
	| { state: "open" | "archived" | "closed"; channelId: string };

/** Pure. The status of a thread's last prompt, with where the session's channel is, or the button that opens one. */
export function withChannelLine(
	session: Pick<SessionView, "id" | "prompts">,
	prompt: PromptView,
	sign: ChannelSign | null,
	status: OutgoingMessage,
): OutgoingMessage {
	if (sign === null || prompt.id !== session.prompts.at(-1)?.id || prompt.status === "cancelled")
		return status;
	if (sign.state === "offered") {
		const isLive = prompt.status === "running" || (prompt.status === "queued" && prompt.held === null);
		return isLive ? { ...status, blocks: addButton(status.blocks, session.id) } : status;
	}
	const words = lineOf(sign);
	return {
		text: fallback(`${status.text}\n${words}`),
		blocks: [...status.blocks, contextLine(words)],
	};
}

function lineOf(sign: Exclude<ChannelSign, { state: "offered" }>): string {
	switch (sign.state) {
		case "wanted":
			return "Opening a channel for this…";
		case "refused":
			return "Slack did not open a channel for this. It goes on here.";
		case "open":
			return `It has a channel of its own: <#${sign.channelId}>`;
		case "archived":
			return `Its channel <#${sign.channelId}> is archived. Replies here go on with it.`;
		case "closed":
			return `Its channel <#${sign.channelId}> is closed to me. Replies here go on with it.`;
		default:
			return sign satisfies never;
	}
}

function addButton(blocks: KnownBlock[], sessionId: string): KnownBlock[] {
	const open = button("Open as channel", OPEN_CHANNEL, sessionId);
	const actions = blocks.find((block) => block.type === "actions");
	if (actions === undefined) return [...blocks, { type: "actions", elements: [open] }];
	return blocks.map((block) =>
		block === actions ? { ...actions, elements: [...actions.elements, open] } : block,
	);
}
