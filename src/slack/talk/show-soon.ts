/**
 * Shows sessions' threads, one pass at a time for each: who asks while one is under way is served by the next, together
 * with all others who do. So many people at once cost two passes, not one for each.
 *
 * @param show must not reject
 */
export function createShowSoon(show: (sessionId: string) => Promise<void>): {
	/** Resolves when the thread has been shown as it was at the call, or later. */
	show(sessionId: string): Promise<void>;
	/** Waits for all that is under way. */
	drain(): Promise<void>;
} {
	const passes = new Map<string, { running: Promise<void>; next: Promise<void> | null }>();

	function begin(sessionId: string): Promise<void> {
		const running = show(sessionId).finally(() => {
			const pass = passes.get(sessionId);
			if (pass?.running === running && pass.next === null) passes.delete(sessionId);
		});
		passes.set(sessionId, { running, next: null });
		return running;
	}

	return {
		show(sessionId) {
			const pass = passes.get(sessionId);
			if (pass === undefined) return begin(sessionId);
			pass.next ??= pass.running.then(() => begin(sessionId));
			return pass.next;
		},
		async drain() {
			while (passes.size > 0)
				await Promise.all([...passes.values()].map(({ running, next }) => next ?? running));
		},
	};
}
