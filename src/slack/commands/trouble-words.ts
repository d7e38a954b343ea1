import { AppError } from "../../errors.ts";

/** Pure. What somebody who waits for an answer hears where there is none. */
export function troubleWords(thrown: unknown): string {
	if (!(thrown instanceof AppError)) return "Sorry, something inside me failed. Please try again in a while.";
	const { code, message } = thrown;
	return code === "slack_unavailable"
		? "Slack has me wait just now, so nothing was done. Please do that once more in a minute."
		: message;
}
