/** A call that Slack would answer with `ok: false`. Thrown where it is noticed, turned into that answer in one place. */
export class Refused extends Error {
	override readonly name = "Refused";
	/** Slack's own error code, such as `channel_not_found`. */
	readonly error: string;
	/** What `response_metadata.messages` says. */
	readonly messages: string[];
	/** Further fields of the answer, such as `needed` and `provided`. */
	readonly extra: Record<string, unknown>;

	constructor(error: string, messages: string[] = [], extra: Record<string, unknown> = {}) {
		super(error);
		this.error = error;
		this.messages = messages;
		this.extra = extra;
	}
}
