import type { AssistantMessage } from "@opencode-ai/sdk/v2";
import type { TurnEnd } from "../sessions/ports.ts";

export type AgentFailure = NonNullable<AssistantMessage["error"]>;

/**
 * What OpenCode's error means for the turn. `stopped`: somebody aborted it. `interrupted`: the way to the model broke,
 * going on in a new attempt can help.
 */
type FailureMeaning = Exclude<TurnEnd, { outcome: "done" }>;

const REJECTED = failed(
	"model_rejected",
	"The model provider did not accept Bobbin's key. An admin must check the setting.",
);
const TOO_LONG = failed(
	"context_too_long",
	"This session has grown too long for the model. Start a new thread for the rest.",
);

/** Translates an error of OpenCode 1.18.33 by its name and, for the provider's answers, by HTTP status. */
export function toFailureMeaning(failure: AgentFailure): FailureMeaning {
	switch (failure.name) {
		case "MessageAbortedError":
			return { outcome: "stopped" };
		case "ProviderAuthError":
			return REJECTED;
		case "ContextOverflowError":
			return TOO_LONG;
		case "ContentFilterError":
			return failed(
				"model_refused",
				"The model declined this request. Say it differently, or ask for less at once.",
			);
		case "MessageOutputLengthError":
			return failed(
				"answer_too_long",
				"The model's answer was longer than it may be. Ask for a smaller step.",
				true,
			);
		case "StructuredOutputError":
		case "UnknownError":
			return failed("agent_failed", "The coding agent ran into an error. Try again.", true);
		case "APIError":
			return toApiFailure(failure.data.statusCode);
		default:
			return failure satisfies never;
	}
}

function toApiFailure(status: number | undefined): FailureMeaning {
	if (status === undefined || status === 502 || status === 504) {
		return {
			outcome: "interrupted",
			problem: {
				code: "gateway_unreachable",
				message: "The connection to the model broke off.",
				retryable: true,
			},
		};
	}
	if (status === 401 || status === 403) return REJECTED;
	if (status === 402) {
		return failed(
			"model_unpaid",
			"The model provider's account has no money left. An admin must check it; then press Retry.",
			true,
		);
	}
	if (status === 413) return TOO_LONG;
	if (status === 429) {
		return failed(
			"model_rate_limited",
			"The model provider's rate limit is used up. Try again in a few minutes.",
			true,
		);
	}
	if (status === 503 || status === 529) {
		return failed("model_overloaded", "The model provider is overloaded. Try again in a few minutes.", true);
	}
	if (status >= 500) {
		return failed("model_failed", "The model provider had an error of its own. Try again.", true);
	}
	return failed("model_rejected", `The model provider refused the request (HTTP ${status}).`);
}

function failed(code: string, message: string, retryable = false): FailureMeaning {
	return { outcome: "failed", problem: { code, message, retryable } };
}
