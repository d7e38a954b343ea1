import { setTimeout as delay } from "node:timers/promises";
import { SandboxError } from "../../provider.ts";

/** @throws SandboxError where the caller has given up */
export async function pause(ms: number, signal?: AbortSignal): Promise<void> {
	try {
		await delay(ms, undefined, signal ? { signal } : {});
	} catch (cause) {
		throw cancelled(cause);
	}
}

export function cancelled(cause: unknown): SandboxError {
	return new SandboxError("unavailable", "What was asked for was cancelled.", { retryable: true, cause });
}

/** What is under way goes on for the others. */
export async function orCancelled<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
	if (!signal) return promise;
	const gone = Promise.withResolvers<never>();
	const leave = () => gone.reject(cancelled(signal.reason));
	if (signal.aborted) leave();
	signal.addEventListener("abort", leave, { once: true });
	try {
		return await Promise.race([promise, gone.promise]);
	} finally {
		signal.removeEventListener("abort", leave);
	}
}
