import type { Thread } from "../contract/session.ts";

/** Pure. Whether a session's place is all of a channel rather than a thread in it. */
export function isWholeChannel({ threadTs }: Pick<Thread, "threadTs">): boolean {
	return threadTs === "";
}

/** Pure. How methods that post are told of a place. */
export function inThread(place: Pick<Thread, "threadTs">): { thread_ts?: string } {
	return isWholeChannel(place) ? {} : { thread_ts: place.threadTs };
}
