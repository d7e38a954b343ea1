import { setTimeout as delay } from "node:timers/promises";

/** Whether work takes longer than this; resolves as soon as that is known. Work that fails in time is not slow. */
export async function isSlow(work: Promise<unknown>, afterMs: number): Promise<boolean> {
	const ended = work.then(
		() => false,
		() => false,
	);
	return Promise.race([ended, delay(afterMs, true, { ref: false })]);
}
