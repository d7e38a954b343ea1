import type { AssistantMessage, Message, Part } from "@opencode-ai/sdk/v2";
import { expect, test } from "vitest";
import { decideTurnEnd } from "../../src/agent/decide-turn-end.ts";
import { toFailureMeaning } from "../../src/agent/to-problem.ts";

const api = (statusCode?: number) => ({
	name: "APIError" as const,
	data: { message: "m", isRetryable: false, ...(statusCode === undefined ? {} : { statusCode }) },
});

test.each([
	[400, "failed", "model_rejected", false],
	[401, "failed", "model_rejected", false],
	[403, "failed", "model_rejected", false],
	[413, "failed", "context_too_long", false],
	[429, "failed", "model_rate_limited", true],
	[500, "failed", "model_failed", true],
	[502, "interrupted", "gateway_unreachable", true],
	[529, "failed", "model_overloaded", true],
	[undefined, "interrupted", "gateway_unreachable", true],
])("calls the provider's %s %s with %s", (status, outcome, code, retryable) => {
	expect(toFailureMeaning(api(status))).toMatchObject({ outcome, problem: { code, retryable } });
});

test.each([
	["ContextOverflowError", "context_too_long"],
	["ContentFilterError", "model_refused"],
	["ProviderAuthError", "model_rejected"],
	["UnknownError", "agent_failed"],
] as const)("calls %s %s", (name, code) => {
	const failure = { name, data: { message: "m", providerID: "anthropic" } };
	expect(toFailureMeaning(failure)).toMatchObject({ outcome: "failed", problem: { code } });
});

const ASKED = "msg_000000000001aaaaaaaaaaaaaa";

function answer(
	n: number,
	fields: Partial<AssistantMessage>,
	text?: string,
): { info: Message; parts: Part[] } {
	const id = `msg_00000000000${n}aaaaaaaaaaaaaa`;
	const info = { id, role: "assistant", time: { created: 1 }, ...fields } as AssistantMessage;
	return {
		info,
		parts: text === undefined ? [] : [{ id: "p", sessionID: "s", messageID: id, type: "text", text }],
	};
}
const whole = { time: { created: 1, completed: 2 }, finish: "stop" };

test.each([
	["nothing was answered", [], null, "not_begun"],
	["only an earlier turn was answered", [answer(0, whole, "Old.")], null, "not_begun"],
	["the answer is whole", [answer(2, whole, "Done.")], null, { outcome: "done", answer: "Done." }],
	[
		"the last message has no words",
		[answer(2, { ...whole, finish: "tool-calls" }, "Words."), answer(3, whole)],
		null,
		{ outcome: "done", answer: "Words." },
	],
	["a message broke off", [answer(2, {}, "Half")], null, { outcome: "interrupted" }],
	[
		"tools ran and nothing followed",
		[answer(2, { ...whole, finish: "tool-calls" })],
		null,
		{ outcome: "interrupted" },
	],
	[
		"the message was aborted",
		[answer(2, { error: { name: "MessageAbortedError", data: { message: "" } } })],
		null,
		{ outcome: "stopped" },
	],
	["an error was only heard", [], api(429), { outcome: "failed", problem: { code: "model_rate_limited" } }],
	["an error was heard before a whole answer", [answer(2, whole, "Done.")], api(500), { outcome: "done" }],
	[
		"a summary came in between",
		[answer(2, { ...whole, summary: true }, "Summary."), answer(3, whole, "Done.")],
		null,
		{ outcome: "done", answer: "Done." },
	],
] as const)("when %s, the turn ended so", (_when, messages, failure, expected) => {
	const end = decideTurnEnd({ busy: false, questions: [], messages: [...messages] }, ASKED, failure);
	if (typeof expected === "string") expect(end).toBe(expected);
	else expect(end).toMatchObject(expected);
});
