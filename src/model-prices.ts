/** US dollars per million tokens. */
interface ModelPrice {
	input: number;
	output: number;
	cacheRead: number;
	/** A cache entry that lives five minutes. */
	cacheWrite: number;
}

interface TokenCounts {
	/** Without what was read from or written to the cache. */
	inputTokens: number;
	outputTokens: number;
	cacheReadTokens: number;
	cacheWriteTokens: number;
}

/**
 * List prices as of 2026-11-22, from Anthropic's pricing page (platform.claude.com/docs/en/about-claude/pricing).
 * A dated model name counts as the name it begins with; the longest match wins.
 */
const PRICES: Record<string, ModelPrice> = {
	"claude-opus-5-5": { input: 4, output: 20, cacheRead: 0.2, cacheWrite: 5 },
	"claude-opus-5": { input: 5, output: 25, cacheRead: 0.5, cacheWrite: 6.25 },
	"claude-sonnet-5-5": { input: 2, output: 10, cacheRead: 0.1, cacheWrite: 2.5 },
	"claude-sonnet-5": { input: 2, output: 10, cacheRead: 0.2, cacheWrite: 2.5 },
	"claude-haiku-5-5": { input: 0.1, output: 0.5, cacheRead: 0.01, cacheWrite: 0.125 },
	"claude-haiku-4-5": { input: 1, output: 5, cacheRead: 0.1, cacheWrite: 1.25 },
};

/** Claude Haiku 5.5 asks five times its price for a request whose prompt is longer than this. */
const HAIKU_LONG_PROMPT_TOKENS = 100_000;

/**
 * What one call costs at most by any known price, in US dollars: of a model without one, so that no budget is ever passed
 * because a price was missing.
 */
export function priceAtDearest(tokens: TokenCounts): number {
	return Math.max(...Object.keys(PRICES).map((model) => priceModelCall(model, tokens) ?? 0));
}

/** What one model call costs in US dollars, or null where the price of the model is not known. */
export function priceModelCall(model: string, tokens: TokenCounts): number | null {
	const name = Object.keys(PRICES)
		.filter((known) => model === known || model.startsWith(`${known}-`))
		.sort((a, b) => b.length - a.length)[0];
	const price = name === undefined ? undefined : PRICES[name];
	if (price === undefined) return null;
	const promptTokens = tokens.inputTokens + tokens.cacheReadTokens + tokens.cacheWriteTokens;
	const factor = name === "claude-haiku-5-5" && promptTokens > HAIKU_LONG_PROMPT_TOKENS ? 5 : 1;
	return (
		(factor *
			(tokens.inputTokens * price.input +
				tokens.outputTokens * price.output +
				tokens.cacheReadTokens * price.cacheRead +
				tokens.cacheWriteTokens * price.cacheWrite)) /
		1_000_000
	);
}
