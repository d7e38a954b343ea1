import { SlackError, WebAPIHTTPError, WebAPIPlatformError, WebAPIRateLimitedError } from "@slack/web-api";

import { FileHostBusy } from "./file-host.ts";
import { BudgetSpent } from "./rate-budget.ts";

/** What a failed call of the Web API means for what it was to do. */
export type CallFailure =
	/** Slack said no: nothing happened, and asking again changes nothing. */
	| { kind: "refused"; error: string }
	/** Nothing happened; it may be asked again then. */
	| { kind: "later"; error: string; retryAfterMs: number }
	/** The answer is missing: it may have happened. */
	| { kind: "unknown"; error: string };

const IN_DOUBT = new Set(["internal_error", "fatal_error", "service_unavailable", "request_timeout"]);
const RATE_LIMITED = new Set(["ratelimited", "rate_limited"]);
/** Trouble with the app's own registration: it goes away when an admin mends it, so nothing is given up for it. */
const NOT_OURS_NOW = new Set([
	"invalid_auth",
	"not_authed",
	"account_inactive",
	"token_revoked",
	"token_expired",
	"missing_scope",
	"team_access_not_granted",
]);
const ADMIN_WAIT_MS = 60_000;
const RATE_WAIT_MS = 5_000;

/** Soon: whether it happened is looked up first. */
const RETRY_IN_DOUBT_MS = 1_000;

/** When to come back to something that Slack did not refuse. */
export function toLater(failure: Exclude<CallFailure, { kind: "refused" }>): {
	outcome: "later";
	retryAfterMs: number;
} {
	return {
		outcome: "later",
		retryAfterMs: failure.kind === "later" ? failure.retryAfterMs : RETRY_IN_DOUBT_MS,
	};
}

/** Sorts what the SDK threw, by class and code. Throws again what is not Slack's. */
export function toCallFailure(error: unknown): CallFailure {
	if (error instanceof BudgetSpent) {
		return { kind: "later", error: "budget_spent", retryAfterMs: error.retryAfterMs };
	}
	if (error instanceof FileHostBusy) {
		return { kind: "later", error: "file_host_busy", retryAfterMs: error.retryAfterMs };
	}
	if (error instanceof WebAPIRateLimitedError) {
		return { kind: "later", error: "ratelimited", retryAfterMs: Math.max(1, error.retryAfter) * 1000 };
	}
	if (error instanceof WebAPIPlatformError) {
		const code = error.data.error;
		if (RATE_LIMITED.has(code)) return { kind: "later", error: code, retryAfterMs: RATE_WAIT_MS };
		if (NOT_OURS_NOW.has(code)) return { kind: "later", error: code, retryAfterMs: ADMIN_WAIT_MS };
		if (IN_DOUBT.has(code)) return { kind: "unknown", error: code };
		return { kind: "refused", error: code };
	}
	if (error instanceof WebAPIHTTPError) return { kind: "unknown", error: `http_${error.statusCode}` };
	if (error instanceof SlackError) return { kind: "unknown", error: error.code };
	throw error;
}
