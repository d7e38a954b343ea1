/** Runs work of one key one after the other, whatever became of the one before. */
export interface InOrder {
	/** Takes the next place of its key at once; ends as the work does. */
	run<T>(key: string, work: () => Promise<T>): Promise<T>;
	/** Waits until nothing is under way. */
	drain(): Promise<void>;
}

export function createInOrder(): InOrder {
	const tails = new Map<string, Promise<unknown>>();
	return {
		run(key, work) {
			const before = tails.get(key) ?? Promise.resolve();
			const result = before.then(work);
			const tail = result
				.catch(() => {})
				.finally(() => {
					if (tails.get(key) === tail) tails.delete(key);
				});
			tails.set(key, tail);
			return result;
		},
		async drain() {
			while (tails.size > 0) await Promise.all(tails.values());
		},
	};
}
