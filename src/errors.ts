/** A failure that Bobbin knows: a stable code for programs, a sentence for people, and whether trying again can help. */
export class AppError extends Error {
	override readonly name = "AppError";
	readonly code: string;
	readonly retryable: boolean;
	/** How long whoever refused wants to be left alone; undefined: they did not say. */
	readonly retryAfterMs: number | undefined;

	/**
	 * @param code stable, snake_case, for example `repository_not_found`
	 * @param message one sentence that says what happened and what to do
	 */
	constructor(
		code: string,
		message: string,
		options: { retryable?: boolean; retryAfterMs?: number; cause?: unknown } = {},
	) {
		super(message, options.cause === undefined ? undefined : { cause: options.cause });
		this.code = code;
		this.retryable = options.retryable ?? false;
		this.retryAfterMs = options.retryAfterMs;
	}
}

/** What crosses a wire when something fails: `{error: {code, message, retryable}}`. Unknown errors give nothing away. */
export function toErrorBody(error: unknown): {
	error: { code: string; message: string; retryable: boolean };
} {
	if (error instanceof AppError) {
		return { error: { code: error.code, message: error.message, retryable: error.retryable } };
	}
	return { error: { code: "internal", message: "Something went wrong inside Bobbin.", retryable: true } };
}

/** Turns whatever was thrown into an Error, the original kept as `cause`. */
export function coerceError(thrown: unknown): Error {
	return thrown instanceof Error ? thrown : new Error(String(thrown), { cause: thrown });
}
