import type { createSlackWork } from "./slack-work.ts";
import type { ThreadMessage } from "./slack-workspace.ts";

/** Presses a button of a message. */
export async function click(
	work: Pick<Awaited<ReturnType<typeof createSlackWork>>, "onPage">,
	name: string,
	at: { channelId: string },
	message: Pick<ThreadMessage, "ts" | "blocks">,
	label: string | RegExp,
): Promise<void> {
	type Block = {
		block_id?: string;
		elements?: { action_id?: string; text?: { text: string }; value?: string }[];
	};
	for (const block of (message.blocks ?? []) as Block[]) {
		const found = block.elements?.find(({ text }) =>
			typeof label === "string" ? text?.text === label : label.test(text?.text ?? ""),
		);
		if (found === undefined) continue;
		await work.onPage(name, "action", {
			channel: at.channelId,
			message_ts: message.ts,
			block_id: block.block_id ?? "",
			action: { action_id: found.action_id, value: found.value },
		});
		return;
	}
	throw new Error(`no button ${label}`);
}
