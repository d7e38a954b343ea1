import type { Conversation, Person } from "./types.ts";

/** `shop`, or who is on the other side of a direct conversation. */
export function channelTitle(channel: Conversation, people: Map<string, Person>, myId: string): string {
	if (channel.is_im) return people.get(channel.user ?? "")?.real_name ?? "Somebody";
	if (!channel.is_mpim) return channel.name ?? channel.id;
	return channel.members
		.filter((id) => id !== myId)
		.map((id) => people.get(id)?.real_name ?? id)
		.join(", ");
}
