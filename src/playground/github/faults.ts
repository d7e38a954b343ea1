import { Refusal } from "./refusal.ts";

/** Trouble that GitHub makes now and then, switched on by a test or by hand. */
export interface Fault {
	/** `git_unavailable` hits git's requests, the others REST. */
	kind: "secondary_rate_limit" | "unavailable" | "git_unavailable";
	/** How many of the next requests it hits. */
	times: number;
	/** 403 or 429 for a rate limit, 5xx for an outage. */
	status: number;
	retryAfterSeconds: number;
}

export interface Faults {
	set(fault: Fault | null): void;
	/** @throws Refusal while a fault is on */
	strike(door: "rest" | "git"): void;
}

export function createFaults(): Faults {
	let left: Fault | null = null;
	return {
		set(fault) {
			left = fault;
		},
		strike(door) {
			if (left === null || left.times <= 0) return;
			if ((left.kind === "git_unavailable") !== (door === "git")) return;
			left = { ...left, times: left.times - 1 };
			if (left.kind !== "secondary_rate_limit") throw new Refusal(left.status, "Server Error");
			throw new Refusal(left.status, "You have exceeded a secondary rate limit. Please wait a few minutes.", {
				headers: { "retry-after": String(left.retryAfterSeconds) },
			});
		},
	};
}
