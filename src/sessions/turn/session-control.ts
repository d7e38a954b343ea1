import type { Listener } from "../../db/listener.ts";
import { CONTROL_CHANNEL } from "../session-store.ts";

/** Tells the runs of this instance that somebody wants something of their session. */
export interface SessionControl {
	/** Calls back when the session's rows should be looked at. Returns the way to end it. */
	watch(sessionId: string, onCall: () => void): () => void;
}

export function createSessionControl(deps: { listener: Listener }): SessionControl {
	const watched = new Map<string, Set<() => void>>();
	const call = (watchers: Set<() => void> | undefined) => {
		for (const onCall of watchers ?? []) onCall();
	};
	deps.listener.on(CONTROL_CHANNEL, (sessionId) => call(watched.get(sessionId)));
	deps.listener.onGap(() => {
		for (const watchers of watched.values()) call(watchers);
	});
	return {
		watch(sessionId, onCall) {
			const watchers = watched.get(sessionId) ?? new Set();
			watched.set(sessionId, watchers.add(onCall));
			return () => {
				watchers.delete(onCall);
				if (watchers.size === 0 && watched.get(sessionId) === watchers) watched.delete(sessionId);
			};
		},
	};
}
