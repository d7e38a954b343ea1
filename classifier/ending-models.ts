/**
 * Models whose end is announced, with the date. Source: the deprecation list inside `@anthropic-ai/sdk` 1.12.0
 * (resources/messages), which is not exported.
 */
const ENDING_MODELS: Record<string, string> = {
	"claude-sonnet-4-5": "2026-11-30",
	"claude-sonnet-4-5-20250929": "2026-11-30",
};

/** The day on which a model stops answering (ISO date), or null while no end is announced. */
export function findModelEnd(model: string): string | null {
	return ENDING_MODELS[model] ?? null;
}
