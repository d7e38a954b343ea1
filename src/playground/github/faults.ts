import { Refusal } from "./refusal.ts";

/** Trouble that GitHub makes now and then, switched on by a test or by hand. */
export interface Fault {
	kind: "secondary_rate_limit" | "unavailable";
	/** How many of the next REST calls it hits. */
	times: number;
	/** 403 or 429 for a rate limit, 5xx for an outage. */
	status: number;
	retryAfterSeconds: number;
}

export interface Faults {
	set(fault: Fault | null): void;
	/** @throws Refusal while a fault is on */
	strike(): void;
}

export function createFaults(): Faults {
	let left: Fault | null = null;
	return {
		set(fault) {
			left = fault;
		},
		strike() {
			if (left === null || left.times <= 0) return;
			left = { ...left, times: left.times - 1 };
			if (left.kind === "unavailable") throw new Refusal(left.status, "Server Error");
			throw new Refusal(left.status, "You have exceeded a secondary rate limit. Please wait a few minutes.", {
				headers: { "retry-after": String(left.retryAfterSeconds) },
			});
		},
	};
}
