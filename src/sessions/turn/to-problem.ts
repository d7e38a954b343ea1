import type { Problem } from "../../contract/event.ts";
import { AppError } from "../../errors.ts";

/** Said to people when a sandbox fails, by the code that its provider gives. */
const SANDBOX_WORDS: Record<string, string> = {
	disk_full: "The sandbox ran out of disk space. Free some space on its host, then try again.",
	quota: "There is no room for another sandbox just now. Try again when another session has ended.",
	rate_limited: "The sandbox provider asks for fewer calls. Try again in a minute.",
	timeout: "The sandbox did not answer in time. Try again.",
	unavailable: "Sandboxes cannot be reached just now. Try again in a minute.",
	not_found: "The sandbox is gone. Try again: a new one will be made.",
};

/** Whatever went wrong in a run, as people may read it. Unknown errors give nothing away. */
export function toProblem(error: unknown): Problem {
	if (error instanceof AppError)
		return { code: error.code, message: error.message, retryable: error.retryable };
	const code = toSandboxCode(error);
	if (code !== null && error instanceof Error)
		return { code: `sandbox_${code}`, message: SANDBOX_WORDS[code] ?? error.message, retryable: true };
	return {
		code: "internal",
		message: "Something went wrong inside Bobbin. Try again; if it happens again, look into its log.",
		retryable: true,
	};
}

/** The code of a SandboxError; it is known by its name because sandboxes stand alone. */
export function toSandboxCode(error: unknown): string | null {
	if (!(error instanceof Error) || error.name !== "SandboxError" || !("code" in error)) return null;
	return typeof error.code === "string" ? error.code : null;
}

/** Whether the same call may work a little later. */
export function isRetryable(error: unknown): boolean {
	return error instanceof Error && "retryable" in error && error.retryable === true;
}

/** What `sync.sh` means by its exit code. `said`: the end of what it printed. */
export function toCloneError(exitCode: number, repository: string, base: string, said: string): AppError {
	switch (exitCode) {
		case 10:
			return new AppError(
				"repository_not_found",
				`${repository} cannot be read: it was renamed or is gone, or Bobbin's GitHub App has no access to it. Grant it there and try again, or name the repository in a new thread.`,
				{ retryable: true },
			);
		case 11:
			return new AppError(
				"clone_unreachable",
				`GitHub could not be reached to fetch ${repository}. Try again.`,
				{
					retryable: true,
				},
			);
		case 12:
			return new AppError(
				"disk_full",
				`The sandbox has not enough disk space for ${repository}. Free some space on its host, then try again.`,
				{
					retryable: true,
				},
			);
		case 13:
			return new AppError(
				"base_branch_missing",
				`${repository} has no branch ${base}; it may have been renamed. Make it at GitHub and try again, or ask in a new thread.`,
				{ retryable: true },
			);
		case 14:
			return new AppError(
				"repository_empty",
				`${repository} is empty: it has no branch yet. Push a first commit to ${base} and try again.`,
				{ retryable: true },
			);
		default:
			return new AppError(
				"clone_failed",
				`${repository} could not be fetched${said === "" ? "" : ` (${said})`}. Try again; if it happens again, look into Bobbin's log.`,
				{ retryable: true },
			);
	}
}
