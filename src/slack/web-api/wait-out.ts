import { setTimeout as delay } from "node:timers/promises";
import { toCallFailure } from "./call-failure.ts";

/** Makes a call, and again after each pause that Slack asks for, while those are not too long in all. Rejects as the call does. */
export async function waitOut<T>(
	call: () => Promise<T>,
	{ withinMs, signal }: { withinMs: number; signal?: AbortSignal },
): Promise<T> {
	let leftMs = withinMs;
	for (;;) {
		try {
			return await call();
		} catch (error) {
			const failure = toCallFailure(error);
			if (failure.kind !== "later" || failure.retryAfterMs > leftMs) throw error;
			leftMs -= failure.retryAfterMs;
			await delay(failure.retryAfterMs, undefined, signal === undefined ? {} : { signal });
		}
	}
}
