import { setTimeout as delay } from "node:timers/promises";
import { type ProcRef, SandboxError, type SandboxProvider } from "../provider.ts";

const FIRST_PAUSE_MS = 15;
const LONGEST_PAUSE_MS = 400;
const MAX_TRIES = 6;

/**
 * Reads a process's journal by offset until it has ended and all of it is read; gives its exit code, null where the
 * provider knows none. Ends with the signal's reason; the process goes on then.
 */
export async function followProcess(
	provider: SandboxProvider,
	sandboxId: string,
	ref: ProcRef,
	options: {
		onOutput: (output: { stdout: Uint8Array; stderr: Uint8Array }) => void;
		signal: AbortSignal;
	},
): Promise<number | null> {
	const { onOutput, signal } = options;
	let from = { stdout: 0, stderr: 0 };
	let pauseMs = FIRST_PAUSE_MS;
	for (;;) {
		const { state, logs } = await patiently(async () => {
			// Asked before reading: once it has ended, nothing is written behind what is read then.
			const state = await provider.proc(sandboxId, ref);
			return { state, logs: state && (await provider.readLogs(sandboxId, ref, from)) };
		}, signal);
		if (state === null || logs === null) {
			throw new SandboxError("unavailable", "The sandbox was started anew meanwhile.", { retryable: true });
		}
		from = logs.next;
		const isEmpty = logs.stdout.length === 0 && logs.stderr.length === 0;
		if (!isEmpty) onOutput(logs);
		else if (!state.running) return state.exitCode ?? null;
		if (!state.running) continue;
		pauseMs = isEmpty ? Math.min(LONGEST_PAUSE_MS, pauseMs * 1.5) : FIRST_PAUSE_MS;
		await delay(pauseMs, undefined, { signal });
	}
}

/** A provider may be away for a moment; process and journal are not. */
async function patiently<T>(read: () => Promise<T>, signal: AbortSignal): Promise<T> {
	for (let tries = 1; ; tries++) {
		signal.throwIfAborted();
		try {
			return await read();
		} catch (error) {
			if (!(error instanceof SandboxError) || !error.retryable || tries >= MAX_TRIES) throw error;
			await delay(error.retryAfterMs ?? LONGEST_PAUSE_MS * tries, undefined, { signal });
		}
	}
}
