import { useEffect } from "react";
import type { Message } from "../../model.ts";
import { useDesk, useLive } from "./desk.ts";
import { isReply } from "./reduce.ts";
import { placeKey } from "./types.ts";

const NONE: Message[] = [];

export interface ShownMessage {
	message: Message;
	/** Only this person sees it. */
	isEphemeral: boolean;
}

/** The messages of a channel or of a thread in it, fetched when they are not here yet. */
export function useConversation(
	channel: string,
	thread: string | null,
): { shown: ShownMessage[]; isLoaded: boolean } {
	const { store } = useDesk();
	const isLoaded = useLive(store, ({ loaded }) => loaded[placeKey(channel, thread)] === true);
	const messages = useLive(store, (state) => state.messages[channel] ?? NONE);
	const ephemerals = useLive(store, (state) => state.ephemerals[channel] ?? NONE);

	useEffect(() => {
		if (!isLoaded) void store.loadMessages(channel, thread);
	}, [store, channel, thread, isLoaded]);

	const belongs = (message: Message) =>
		thread === null
			? !isReply(message) || message.subtype === "thread_broadcast"
			: message.ts === thread || message.thread_ts === thread;
	const shown = [
		...messages.filter(belongs).map((message) => ({ message, isEphemeral: false })),
		...ephemerals
			.filter((message) => (message.thread_ts ?? null) === thread)
			.map((message) => ({ message, isEphemeral: true })),
	].sort((a, b) => (a.message.ts < b.message.ts ? -1 : 1));
	return { shown, isLoaded };
}
