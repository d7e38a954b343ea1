import type { Conversation } from "../state/types.ts";

/** The direct conversation with the app; null until it was opened for the first time. */
export function findAppChannel(channels: Map<string, Conversation>, botUserId: string): Conversation | null {
	return [...channels.values()].find((channel) => channel.is_im && channel.user === botUserId) ?? null;
}
