/**
 * Calls that come while it runs share one more run after that: what they were called for may not be seen by the first
 * any more. A run that fails fails those that share it, and no other.
 */
export function shareRuns<T>(run: () => Promise<T>): () => Promise<T> {
	let current: Promise<T> | null = null;
	let next: Promise<T> | null = null;

	function begin(): Promise<T> {
		const started = run().finally(() => {
			if (current === started) current = null;
		});
		current = started;
		return started;
	}

	return () => {
		if (current === null) return begin();
		next ??= current
			.catch(() => {})
			.then(() => {
				next = null;
				return begin();
			});
		return next;
	};
}
