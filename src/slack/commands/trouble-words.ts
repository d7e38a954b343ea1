import type { AppError } from "../../errors.ts";

/** Pure. What somebody who waits for an answer hears where there is none. */
export function troubleWords({ code, message }: AppError): string {
	return code === "slack_unavailable"
		? "Slack has me wait just now, so nothing was done. Please do that once more in a minute."
		: message;
}
