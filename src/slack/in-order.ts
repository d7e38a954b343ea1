/** Runs work of one key one after the other, whatever became of the one before. */
export type InOrder = <T>(key: string, work: () => Promise<T>) => Promise<T>;

export function createInOrder(): InOrder {
	const tails = new Map<string, Promise<unknown>>();
	return (key, work) => {
		const before = tails.get(key) ?? Promise.resolve();
		const result = before.then(work, work);
		const tail = result
			.catch(() => {})
			.finally(() => {
				if (tails.get(key) === tail) tails.delete(key);
			});
		tails.set(key, tail);
		return result;
	};
}
