/** A model that the playground answers as, with what the vendor documents that it refuses. */
export interface ModelFacts {
	id: string;
	displayName: string;
	/**
	 * `tool_choice` of `any` or `tool`, and `thinking: {type: "disabled"}`, are answered with 400 by Sonnet 5.5 and
	 * Opus 5.5 (platform.claude.com, "What's new" of each); Haiku 5.5 and older ones take both.
	 */
	alwaysThinks: boolean;
}

/** The models listed by @anthropic-ai/sdk 1.12.0 (`Model`), previews and dated doubles left out. */
export const MODELS: readonly ModelFacts[] = [
	{ id: "claude-fable-5-2", displayName: "Claude Fable 5.2", alwaysThinks: false },
	{ id: "claude-haiku-5-5", displayName: "Claude Haiku 5.5", alwaysThinks: false },
	{ id: "claude-sonnet-5-5", displayName: "Claude Sonnet 5.5", alwaysThinks: true },
	{ id: "claude-opus-5-5", displayName: "Claude Opus 5.5", alwaysThinks: true },
	{ id: "claude-sonnet-5", displayName: "Claude Sonnet 5", alwaysThinks: false },
	{ id: "claude-opus-5", displayName: "Claude Opus 5", alwaysThinks: false },
	{ id: "claude-opus-4-8", displayName: "Claude Opus 4.8", alwaysThinks: false },
	{ id: "claude-opus-4-7", displayName: "Claude Opus 4.7", alwaysThinks: false },
	{ id: "claude-opus-4-6", displayName: "Claude Opus 4.6", alwaysThinks: false },
	{ id: "claude-sonnet-4-6", displayName: "Claude Sonnet 4.6", alwaysThinks: false },
	{ id: "claude-haiku-4-5", displayName: "Claude Haiku 4.5", alwaysThinks: false },
	{ id: "claude-sonnet-4-5", displayName: "Claude Sonnet 4.5", alwaysThinks: false },
];

export function findModel(id: string): ModelFacts | undefined {
	return MODELS.find((model) => model.id === id);
}
