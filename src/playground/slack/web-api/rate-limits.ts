import type { Tier } from "./method.ts";

const WINDOW_MS = 60_000;
const CALLS_PER_MINUTE: Record<Tier, number> = {
	tier1: 1,
	tier2: 20,
	tier3: 50,
	tier4: 100,
	special: 300,
	postMessage: 300,
};
/** `chat.postMessage`: one message a second in a channel, with short bursts. */
const CHANNEL_BURST = 5;
const CHANNEL_MS_PER_MESSAGE = 1_000;
/** People type through the same API here; Slack's own client is limited far less than an app. */
const HUMAN_FACTOR = 5;

export interface RateLimits {
	/** @returns how many milliseconds to wait, or 0 when the call may go on (and is counted) */
	take(call: { tier: Tier; key: string; channel: string | null; human: boolean }): number;
}

/** Counts calls as Slack does: for each method, workspace and app; posting also for each channel. */
export function createRateLimits(now: () => number): RateLimits {
	const windows = new Map<string, number[]>();
	const buckets = new Map<string, { tokens: number; at: number }>();

	function waitForWindow(key: string, limit: number): number {
		const recent = (windows.get(key) ?? []).filter((at) => at > now() - WINDOW_MS);
		windows.set(key, recent);
		const oldest = recent[0];
		return recent.length < limit || oldest === undefined ? 0 : oldest + WINDOW_MS - now();
	}

	function waitForBucket(key: string, factor: number): number {
		const capacity = CHANNEL_BURST * factor;
		const bucket = buckets.get(key) ?? { tokens: capacity, at: now() };
		const gained = ((now() - bucket.at) / CHANNEL_MS_PER_MESSAGE) * factor;
		buckets.set(key, { tokens: Math.min(capacity, bucket.tokens + gained), at: now() });
		const tokens = buckets.get(key)?.tokens ?? 0;
		return tokens >= 1 ? 0 : ((1 - tokens) * CHANNEL_MS_PER_MESSAGE) / factor;
	}

	return {
		take({ tier, key, channel, human }) {
			const factor = human ? HUMAN_FACTOR : 1;
			const byMethod = waitForWindow(key, CALLS_PER_MINUTE[tier] * factor);
			const channelKey = tier === "postMessage" && channel !== null ? `${key}:${channel}` : null;
			const byChannel = channelKey === null ? 0 : waitForBucket(channelKey, factor);
			const waitMs = Math.max(byMethod, byChannel);
			if (waitMs > 0) return waitMs;
			windows.get(key)?.push(now());
			const bucket = channelKey === null ? undefined : buckets.get(channelKey);
			if (bucket !== undefined) bucket.tokens -= 1;
			return 0;
		},
	};
}
