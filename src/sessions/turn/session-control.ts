import type { Listener } from "../../db/listener.ts";
import { CONTROL_CHANNEL } from "../session-store.ts";

/** Tells the runs of this instance that somebody wants something of their session. */
export interface SessionControl {
	/** Calls back when the session's rows should be looked at. Returns the way to end it. */
	watch(sessionId: string, onCall: () => void): () => void;
}

export function createSessionControl(deps: { listener: Listener }): SessionControl {
	const watched = new Map<string, () => void>();
	deps.listener.on(CONTROL_CHANNEL, (sessionId) => watched.get(sessionId)?.());
	deps.listener.onGap(() => {
		for (const onCall of watched.values()) onCall();
	});
	return {
		watch(sessionId, onCall) {
			watched.set(sessionId, onCall);
			return () => {
				if (watched.get(sessionId) === onCall) watched.delete(sessionId);
			};
		},
	};
}
