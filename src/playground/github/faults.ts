import { Refusal } from "./refusal.ts";

/** Trouble that GitHub makes now and then, switched on by a test or by hand. */
export interface Fault {
	/** `git_unavailable` hits git's requests, `sso_required` those of people through the App, the others all of REST. */
	kind: "secondary_rate_limit" | "unavailable" | "git_unavailable" | "sso_required";
	/** How many of the next requests it hits. */
	times: number;
	/** 403 or 429 for a rate limit, 5xx for an outage. */
	status: number;
	retryAfterSeconds: number;
}

type Door = "rest" | "git" | "person";

const DOOR_OF: Record<Fault["kind"], Door> = {
	secondary_rate_limit: "rest",
	unavailable: "rest",
	git_unavailable: "git",
	sso_required: "person",
};

export interface Faults {
	set(fault: Fault | null): void;
	/** @throws Refusal while a fault is on */
	strike(door: Door): void;
}

/** `ssoUrl`: where people confirm their single sign-on. */
export function createFaults(ssoUrl: string): Faults {
	let left: Fault | null = null;
	return {
		set(fault) {
			left = fault;
		},
		strike(door) {
			if (left === null || left.times <= 0) return;
			if (DOOR_OF[left.kind] !== door) return;
			left = { ...left, times: left.times - 1 };
			if (left.kind === "sso_required") {
				throw new Refusal(
					403,
					"Resource protected by organization SAML enforcement. You must grant your OAuth token access to this organization.",
					{
						headers: {
							"x-github-sso": `required; url=${ssoUrl}?authorization_request=AZSCKtL4U8yX1H3sCQIVnVgmjmon5fWxks`,
						},
					},
				);
			}
			if (left.kind !== "secondary_rate_limit") throw new Refusal(left.status, "Server Error");
			throw new Refusal(left.status, "You have exceeded a secondary rate limit. Please wait a few minutes.", {
				headers: { "retry-after": String(left.retryAfterSeconds) },
			});
		},
	};
}
