import { expect, test } from "vitest";
import { toMessageId, toMessageSuffix } from "../../src/agent/message-id.ts";

test("gives one prompt and attempt one suffix, others another", () => {
	expect(toMessageSuffix("p1", 1)).toBe(toMessageSuffix("p1", 1));
	expect(new Set([toMessageSuffix("p1", 1), toMessageSuffix("p1", 2), toMessageSuffix("p2", 1)]).size).toBe(
		3,
	);
	expect(toMessageSuffix("p1", 1)).toMatch(/^[0-9a-zA-Z]{14}$/);
});

test("sorts right behind the newest message", () => {
	const newestMessageId = "msg_dfd7fb30cfffeAglMqfbaguJ6P";
	const id = toMessageId({ newestMessageId, conversationCreatedMs: 0, suffix: "0".repeat(14) });
	expect(id).toBe(`msg_dfd7fb30d000${"0".repeat(14)}`);
	expect(id > newestMessageId).toBe(true);
});

test("takes the time of the conversation where there is no message yet", () => {
	const id = toMessageId({
		newestMessageId: null,
		conversationCreatedMs: 1795338404988,
		suffix: "a".repeat(14),
	});
	const time = ((1795338404988n * 4096n + 1n) % 2n ** 48n).toString(16).padStart(12, "0");
	expect(id).toBe(`msg_${time}${"a".repeat(14)}`);
});
