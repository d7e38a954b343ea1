/** Runs what has the same key one after the other. */
export interface OneAtATime {
	run<T>(key: number, act: () => Promise<T>): Promise<T>;
}

export function createOneAtATime(): OneAtATime {
	const last = new Map<number, Promise<unknown>>();
	return {
		run(key, act) {
			const mine = (last.get(key) ?? Promise.resolve()).then(act, act);
			last.set(key, mine);
			const forget = () => {
				if (last.get(key) === mine) last.delete(key);
			};
			mine.then(forget, forget);
			return mine;
		},
	};
}
