import type { Message } from "../../model.ts";
import type { Client } from "../state/client.ts";

/** Adds one's own reaction to a message, or takes it away. @throws CallError */
export async function toggleReaction(
	client: Client,
	on: { channel: string; message: Message; name: string; myId: string },
): Promise<void> {
	const { channel, message, name, myId } = on;
	const isMine = message.reactions?.some((one) => one.name === name && one.users.includes(myId)) ?? false;
	const method = isMine ? "reactions.remove" : "reactions.add";
	await client.call(method, { channel, timestamp: message.ts, name });
}
