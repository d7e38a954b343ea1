/** Calls that may still be made: `perMinute` in the long run, `burst` at once. */
export interface RateBudget {
	/** 0 and one call is spent; otherwise the time to wait, and nothing is spent. */
	take(): number;
	/** Nothing may be spent for so long: Slack said so. */
	pause(forMs: number): void;
}

export function createRateBudget(options: {
	perMinute: number;
	burst: number;
	now: () => number;
}): RateBudget {
	const { perMinute, burst, now } = options;
	const refillMs = 60_000 / perMinute;
	let tokens = burst;
	let countedAtMs = now();
	let pausedUntilMs = 0;

	return {
		take() {
			const nowMs = now();
			tokens = Math.min(burst, tokens + (nowMs - countedAtMs) / refillMs);
			countedAtMs = nowMs;
			if (nowMs < pausedUntilMs) return pausedUntilMs - nowMs;
			if (tokens < 1) return Math.ceil((1 - tokens) * refillMs);
			tokens -= 1;
			return 0;
		},
		pause(forMs) {
			pausedUntilMs = Math.max(pausedUntilMs, now() + forMs);
		},
	};
}
