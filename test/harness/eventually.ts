import { setTimeout as delay } from "node:timers/promises";
import { PATIENCE_MS } from "../config/patience.ts";

const FIRST_PAUSE_MS = 10;
const LONGEST_PAUSE_MS = 100;

/**
 * Looks again until it does not throw, less often the longer it takes: looking keeps at work what is waited for. Gives
 * what it gave then. What it threw last is the failure.
 */
export async function eventually<T>(look: () => T | Promise<T>): Promise<T> {
	const untilMs = performance.now() + PATIENCE_MS;
	for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 1.5)) {
		try {
			return await look();
		} catch (error) {
			if (performance.now() > untilMs) throw error;
		}
		await delay(pauseMs);
	}
}
