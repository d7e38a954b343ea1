import type { CallError } from "./client.ts";

const WORDS: Record<string, string> = {
	operation_timeout: "The app did not answer within 3 seconds.",
	dispatch_failed: "The app could not be reached.",
	not_an_app_message: "Only the app's own messages can be used.",
	unreachable: "The playground does not answer. Is it running?",
	not_in_channel: "You are not in this channel.",
	is_archived: "This channel is archived.",
	ratelimited: "Too fast. Wait a moment and try again.",
	unknown_command: "That is not a valid command.",
	channel_not_found: "There is no such channel, or you may not see it.",
	message_not_found: "That message is gone.",
};

/** What went wrong, in words, with the code that Slack gives it. */
export function explain(error: CallError): string {
	const words = WORDS[error.code] ?? "That was refused.";
	const details = error.details.length > 0 ? ` ${error.details.join("; ")}` : "";
	return `${words} (${error.code})${details}`;
}
