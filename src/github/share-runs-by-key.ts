import { shareRuns } from "./share-runs.ts";

/** As `shareRuns`, for each key apart: a run is for the input that was called with first. */
export function shareRunsByKey<Input, T>(
	toKey: (input: Input) => string,
	run: (input: Input) => Promise<T>,
): (input: Input) => Promise<T> {
	const shared = new Map<string, { call: () => Promise<T>; callers: number }>();
	return async (input) => {
		const key = toKey(input);
		const runs = shared.get(key) ?? { call: shareRuns(() => run(input)), callers: 0 };
		shared.set(key, runs);
		runs.callers++;
		try {
			return await runs.call();
		} finally {
			if (--runs.callers === 0) shared.delete(key);
		}
	};
}
