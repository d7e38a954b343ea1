import { expect, test } from "vitest";
import { priceModelCall } from "../../src/model-prices.ts";

const tokens = (fields: object) => ({
	inputTokens: 0,
	outputTokens: 0,
	cacheReadTokens: 0,
	cacheWriteTokens: 0,
	...fields,
});

test.each([
	["claude-sonnet-5-5", { inputTokens: 1_000_000 }, 2],
	["claude-sonnet-5-5-20260929", { outputTokens: 1_000_000 }, 10],
	["claude-sonnet-5", { cacheReadTokens: 1_000_000 }, 0.2],
	["claude-haiku-5-5", { inputTokens: 100_000 }, 0.01],
	["claude-haiku-5-5", { inputTokens: 100_001, outputTokens: 1_000_000 }, 0.0500005 + 2.5],
	["claude-opus-5-5", { cacheWriteTokens: 1_000_000 }, 5],
])("prices %s with %j at %d dollars", (model, used, dollars) => {
	expect(priceModelCall(model, tokens(used))).toBeCloseTo(dollars, 9);
});

test.each(["gpt-6", "claude-sonnet-55", ""])("knows no price of %s", (model) => {
	expect(priceModelCall(model, tokens({ inputTokens: 1 }))).toBeNull();
});
