import { SandboxError, type SandboxErrorCode } from "../../provider.ts";

const BY_STATUS: Record<number, { code: SandboxErrorCode; retryable: boolean }> = {
	400: { code: "invalid", retryable: false },
	401: { code: "invalid", retryable: false },
	402: { code: "quota", retryable: false },
	403: { code: "invalid", retryable: false },
	404: { code: "not_found", retryable: false },
	408: { code: "timeout", retryable: true },
	409: { code: "conflict", retryable: true },
	410: { code: "not_found", retryable: false },
	422: { code: "unsupported", retryable: false },
	429: { code: "rate_limited", retryable: true },
	504: { code: "timeout", retryable: true },
};
const MAX_MESSAGE = 500;

/** What the SDK's errors carry. Its class is not asked for, because it is loaded late. */
interface VendorError extends Error {
	statusCode?: number;
	headers?: Record<string, unknown>;
}

/**
 * Turns what the SDK throws into ours, by its status. The SDK's own time limits come without one, as
 * DaytonaTimeoutError; a sandbox that ends in a state of failure as DaytonaError; a broken line as
 * DaytonaConnectionError. Anything else is a bug and passes.
 */
export function translateDaytona(error: unknown): unknown {
	if (!isVendorError(error)) return error;
	const message = `Daytona: ${error.message.slice(0, MAX_MESSAGE)}`;
	const status = error.statusCode;
	if (status === 401) {
		return new SandboxError("invalid", "Daytona does not accept the key. Check DAYTONA_API_KEY.", {
			cause: error,
		});
	}
	if (status === undefined) {
		const timedOut = error.name === "DaytonaTimeoutError" || error.name === "DaytonaConnectionTimeoutError";
		return new SandboxError(timedOut ? "timeout" : "unavailable", message, { retryable: true, cause: error });
	}
	const { code, retryable } = BY_STATUS[status] ?? { code: "unavailable" as const, retryable: status >= 500 };
	const retryAfterMs = code === "rate_limited" ? readRetryAfterMs(error.headers ?? {}) : null;
	return new SandboxError(code, message, {
		retryable,
		cause: error,
		...(retryAfterMs === null ? {} : { retryAfterMs }),
	});
}

/** Whether asking again may help because the way or the service was broken, not the request. */
export function isPassing(error: unknown): boolean {
	return isVendorError(error) && (error.statusCode ?? 500) >= 500 && error.name !== "DaytonaTimeoutError";
}

/** Whether Daytona looked at a request and would not have it: as wrong, or for lack of room. Not a key that is refused. */
export function isRefusal(error: unknown): boolean {
	const status = error instanceof SandboxError && isVendorError(error.cause) ? error.cause.statusCode : null;
	return status === 400 || status === 402 || status === 403;
}

/**
 * Each limit has its own header, `Retry-After-<limit>` in seconds (Daytona's docs, "Rate limits"): the longest counts.
 */
function readRetryAfterMs(headers: Record<string, unknown>): number | null {
	const seconds = Object.entries(headers)
		.filter(([name]) => /^retry-after(-|$)/i.test(name))
		.map(([, value]) => Number(value))
		.filter((value) => Number.isFinite(value) && value >= 0);
	return seconds.length === 0 ? null : Math.max(...seconds) * 1000;
}

function isVendorError(error: unknown): error is VendorError {
	return error instanceof Error && error.name.startsWith("Daytona");
}
