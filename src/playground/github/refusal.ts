const DOCUMENTATION = "https://docs.github.com/rest";

/** What GitHub says no with: a status and a JSON body. Thrown anywhere, answered in one place. */
export class Refusal extends Error {
	override readonly name = "Refusal";
	readonly status: number;
	readonly body: Record<string, unknown>;
	readonly headers: Record<string, string>;
	/** What a person is told. */
	readonly sentence: string;

	constructor(
		status: number,
		message: string,
		more: { errors?: unknown[]; headers?: Record<string, string> } = {},
	) {
		super(message);
		this.status = status;
		this.headers = more.headers ?? {};
		const [first] = more.errors ?? [];
		this.sentence = typeof first === "string" ? first : message;
		this.body = {
			message,
			...(more.errors === undefined ? {} : { errors: more.errors }),
			documentation_url: DOCUMENTATION,
			status: String(status),
		};
	}
}

export const badCredentials = () => new Refusal(401, "Bad credentials");
export const requiresAuthentication = () => new Refusal(401, "Requires authentication");
export const installationSuspended = () => new Refusal(403, "This installation has been suspended");
export const notFound = () => new Refusal(404, "Not Found");
export const notAccessible = () => new Refusal(403, "Resource not accessible by integration");

/** 422 with one custom sentence, the form of `No commits between main and x`. */
export const unprocessable = (resource: string, message: string) =>
	new Refusal(422, "Validation Failed", { errors: [{ resource, code: "custom", message }] });

/** 422 where GitHub's sentence is the error itself, the form of `Can not approve your own pull request`. */
export const refusedReview = (sentence: string) =>
	new Refusal(422, "Unprocessable Entity", { errors: [sentence] });

/** 422 about one field. */
export const invalidField = (
	resource: string,
	field: string,
	code: "invalid" | "missing_field" = "invalid",
) => new Refusal(422, "Validation Failed", { errors: [{ resource, field, code }] });
