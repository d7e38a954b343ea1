import type { Log } from "../log.ts";

/** At once and then again and again, one sweep at a time. Gives what ends it. */
export function sweepEvery(intervalMs: number, sweep: () => Promise<unknown>, log: Log): () => Promise<void> {
	let underWay: Promise<void> | null = null;
	const begin = () => {
		underWay ??= sweep()
			.then(
				() => {},
				(err) => log.error({ err }, "a sweep failed"),
			)
			.finally(() => {
				underWay = null;
			});
	};
	begin();
	const timer = setInterval(begin, intervalMs).unref();
	return async () => {
		clearInterval(timer);
		await underWay;
	};
}
