import { SandboxError, type SandboxErrorCode } from "../../provider.ts";

const CODES: Record<string, { code: SandboxErrorCode; retryable?: boolean }> = {
	ENOSPC: { code: "disk_full" },
	EDQUOT: { code: "disk_full" },
	ENOENT: { code: "not_found" },
	ETIMEDOUT: { code: "timeout" },
	EAGAIN: { code: "unavailable", retryable: true },
	ENOMEM: { code: "unavailable", retryable: true },
	EBUSY: { code: "unavailable", retryable: true },
	EINVAL: { code: "invalid" },
	EFBIG: { code: "invalid" },
	E2BIG: { code: "invalid" },
	EACCES: { code: "invalid" },
	EPERM: { code: "invalid" },
	EISDIR: { code: "invalid" },
	ENOTDIR: { code: "invalid" },
	ELOOP: { code: "invalid" },
	ENAMETOOLONG: { code: "invalid" },
	ENXIO: { code: "invalid" },
};

/** Turns a system error into ours by its code. An unknown code is "unavailable". */
export function toSandboxError(code: string, message: string, cause?: unknown): SandboxError {
	const known = CODES[code] ?? { code: "unavailable" as const };
	return new SandboxError(known.code, message, { retryable: known.retryable ?? false, cause });
}

/** Translates a failed call of the file system or of a spawn; anything without a system code is a bug and passes. */
export function translate(error: unknown): unknown {
	if (error instanceof SandboxError || !(error instanceof Error)) return error;
	const code = "code" in error ? error.code : undefined;
	return typeof code === "string" && "syscall" in error ? toSandboxError(code, error.message, error) : error;
}

/** Runs what may fail so, and throws it translated. */
export async function translated<T>(act: () => Promise<T>): Promise<T> {
	try {
		return await act();
	} catch (error) {
		throw translate(error);
	}
}

export function hasCode(error: unknown, ...codes: string[]): boolean {
	return error instanceof Error && "code" in error && codes.includes(String(error.code));
}
