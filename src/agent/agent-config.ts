/** A model that the gateway plays itself: one empty answer, at once and for nothing. */
export const WARM_UP_MODEL = { providerID: "warm-up", modelID: "warm-up" };

/** OpenCode's settings (its V1 schema, 1.18.33) for one sandbox. */
export function toAgentConfig(input: {
	gatewayUrl: string;
	toolsDir: string;
	directory: string;
	model: string;
	/** Those that turns may be given to, beside `model`. */
	models: readonly string[];
	fastModel: string;
}): object {
	// Models that OpenCode's built-in table may not know yet. Sampling fields are refused by current models.
	const model = {
		limit: { context: 200_000, output: 64_000 },
		attachment: true,
		reasoning: true,
		temperature: false,
		tool_call: true,
		modalities: { input: ["text", "image", "pdf"], output: ["text"] },
	};
	return {
		autoupdate: false,
		share: "disabled",
		snapshot: false,
		lsp: false,
		model: `anthropic/${input.model}`,
		small_model: `anthropic/${input.fastModel}`,
		enabled_providers: ["anthropic", WARM_UP_MODEL.providerID],
		plugin: [`file://${input.toolsDir}/guest/plugin/bobbin.js`],
		// The repository's own settings and plugins are not loaded, which drops its instructions too; an absolute path
		// brings them back.
		instructions: [`${input.directory}/AGENTS.md`, `${input.directory}/CLAUDE.md`],
		permission: { "*": "allow", question: "deny" },
		// A helper's question would reach nobody.
		agent: {
			build: { permission: { question: "allow" } },
			plan: { permission: { edit: "deny", bash: "deny" } },
		},
		// OpenCode's own table of providers is left out (`models.json`): reading it takes most of a second.
		provider: {
			[WARM_UP_MODEL.providerID]: {
				npm: "@ai-sdk/anthropic",
				options: { baseURL: `${input.gatewayUrl}/gateway/model/warm-up/v1`, apiKey: "set-by-plugin" },
				models: { [WARM_UP_MODEL.modelID]: { name: "Warm-up", ...model } },
			},
			anthropic: {
				options: {
					baseURL: `${input.gatewayUrl}/gateway/model/v1`,
					// The plugin puts the sandbox's token into each request: this one would be read at start only.
					apiKey: "set-by-plugin",
				},
				models: Object.fromEntries(
					[input.model, ...input.models, input.fastModel].map((id) => [id, { name: id, ...model }]),
				),
			},
		},
	};
}
