import { RequestError } from "@octokit/request-error";
import { AppError } from "../errors.ts";

const USUAL_WAIT_MS = 60_000;
const LONGEST_WAIT_MS = 60 * 60_000;

/** Runs a call of GitHub; what Octokit throws comes out as an AppError, by status and header only. */
export async function askGithub<T>(what: string, call: () => Promise<T>): Promise<T> {
	try {
		return await call();
	} catch (error) {
		throw toAppError(what, error);
	}
}

/** The HTTP status that GitHub refused with, or null if it was no refusal of GitHub's. */
export function readStatus(error: unknown): number | null {
	const cause = error instanceof AppError ? error.cause : error;
	return cause instanceof RequestError ? cause.status : null;
}

/** A header of GitHub's refusal, by its name in lower case. */
export function readHeader(error: unknown, name: string): string | null {
	const cause = error instanceof AppError ? error.cause : error;
	const value = cause instanceof RequestError ? cause.response?.headers[name] : undefined;
	return typeof value === "string" ? value : null;
}

/**
 * How long to wait: as the header says, else until the hour's limit is new, else a minute. Source: docs.github.com, "Rate
 * limits for the REST API", "Exceeding the rate limit".
 */
function toWaitMs(headers: Record<string, string | number | undefined> | undefined): number {
	const seconds = Number(headers?.["retry-after"]);
	if (headers?.["retry-after"] !== undefined && Number.isFinite(seconds)) return Math.max(0, seconds) * 1000;
	const resetMs = Number(headers?.["x-ratelimit-reset"]) * 1000 - Date.now();
	const isSpent = headers?.["x-ratelimit-remaining"] === "0" && Number.isFinite(resetMs);
	return isSpent ? Math.min(Math.max(resetMs, 0), LONGEST_WAIT_MS) : USUAL_WAIT_MS;
}

function toAppError(what: string, error: unknown): unknown {
	if (!(error instanceof RequestError)) return error;
	const known = (code: string, message: string, retryable = false) =>
		new AppError(code, message, { retryable, cause: error });
	// Octokit gives 500 to a call that got no answer at all, so those end here too.
	if (error.status >= 500) {
		return known("github_unavailable", `GitHub did not answer (${what}). It is tried again.`, true);
	}
	const headers = error.response?.headers;
	const limited =
		error.status === 429 ||
		(error.status === 403 &&
			(headers?.["retry-after"] !== undefined || headers?.["x-ratelimit-remaining"] === "0"));
	if (limited) {
		const message = `GitHub asks Bobbin to wait (${what}). It is tried again.`;
		const retryAfterMs = toWaitMs(headers);
		return new AppError("rate_limited", message, { retryable: true, retryAfterMs, cause: error });
	}
	switch (error.status) {
		case 401:
			return known(
				"github_unauthorized",
				`GitHub did not take Bobbin's credentials (${what}). Check GITHUB_APP_ID and GITHUB_PRIVATE_KEY.`,
			);
		case 403:
			return known(
				"forbidden",
				`The GitHub App may not do this (${what}). Check its permissions on the repository.`,
			);
		case 404:
			return known(
				"repository_not_found",
				`GitHub knows no such thing, or the App is not installed there (${what}).`,
			);
		case 405:
		case 409:
			return known("branch_protected", `A rule of the branch does not allow this (${what}).`);
		default:
			return known("github_refused", `GitHub refused (${what}) with status ${error.status}.`);
	}
}
