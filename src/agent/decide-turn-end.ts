import type { AssistantMessage } from "@opencode-ai/sdk/v2";
import type { TurnEnd } from "../sessions/ports.ts";
import type { Conversation } from "./read-conversation.ts";
import { type AgentFailure, toFailureMeaning } from "./to-problem.ts";

export const INTERRUPTED: TurnEnd = {
	outcome: "interrupted",
	problem: { code: "agent_interrupted", message: "The coding agent was interrupted.", retryable: true },
};

/**
 * Reads from a conversation that is idle how the turn of a prompt ended, or `not_begun`: nothing has been answered.
 *
 * @param failure the last error that was heard for the conversation; OpenCode keeps some errors in no message
 */
export function decideTurnEnd(
	conversation: Conversation,
	messageId: string,
	failure: AgentFailure | null,
): TurnEnd | "not_begun" {
	const answers = conversation.messages.filter(
		(message) => message.info.role === "assistant" && message.info.id > messageId,
	);
	const last = answers.at(-1)?.info as AssistantMessage | undefined;
	const isWhole =
		last?.time.completed !== undefined && last.finish !== undefined && last.finish !== "tool-calls";
	const error = last?.error ?? (isWhole ? null : failure);
	if (error) return toFailureMeaning(error);
	if (last === undefined) return "not_begun";
	// A finished turn ends with an answer; without one the server was killed in mid-turn and has forgotten the turn.
	if (!isWhole) return INTERRUPTED;
	if (last.finish === "content-filter") {
		return toFailureMeaning({ name: "ContentFilterError", data: { message: "" } });
	}
	const words = answers
		.filter(({ info }) => info.role === "assistant" && !info.summary)
		.map(({ parts }) => parts.flatMap((part) => (part.type === "text" && !part.synthetic ? [part.text] : [])))
		.findLast((texts) => texts.some((text) => text.trim() !== ""));
	return { outcome: "done", answer: (words ?? []).join("\n\n").trim() };
}
