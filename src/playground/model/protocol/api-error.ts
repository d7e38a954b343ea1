/** What the vendor calls its errors; the status beside each is the one it is sent with. */
const STATUS = {
	invalid_request_error: 400,
	authentication_error: 401,
	permission_error: 403,
	not_found_error: 404,
	request_too_large: 413,
	rate_limit_error: 429,
	api_error: 500,
	overloaded_error: 529,
} as const;

export type ApiErrorType = keyof typeof STATUS;

/** A refusal in the vendor's shape: `{type: "error", error: {type, message}, request_id}`. */
export class ModelApiError extends Error {
	override readonly name = "ModelApiError";
	readonly type: ApiErrorType;
	readonly retryAfterSeconds: number | null;

	constructor(type: ApiErrorType, message: string, retryAfterSeconds: number | null = null) {
		super(message);
		this.type = type;
		this.retryAfterSeconds = retryAfterSeconds;
	}

	toResponse(requestId: string): Response {
		const headers = new Headers({ "content-type": "application/json", "request-id": requestId });
		if (this.retryAfterSeconds !== null) headers.set("retry-after", String(this.retryAfterSeconds));
		return new Response(JSON.stringify(this.toBody(requestId)), { status: STATUS[this.type], headers });
	}

	toBody(requestId: string) {
		return {
			type: "error",
			error: { type: this.type, message: this.message },
			request_id: requestId,
		};
	}
}

/** The error type that goes with an HTTP status; anything unknown is `api_error`. */
export function toErrorType(status: number): ApiErrorType {
	const found = Object.entries(STATUS).find(([, value]) => value === status);
	return found ? (found[0] as ApiErrorType) : "api_error";
}
