import type { Environment } from "./environment.ts";

export interface RealModel {
	apiKey: string;
	baseUrl: string;
}

/** Null: the playground stands in. A proxy may need no key of ours: an address alone is enough. */
export function toModel(e: Environment): RealModel | null {
	if (!e.ANTHROPIC_API_KEY && !e.ANTHROPIC_BASE_URL) return null;
	return {
		apiKey: e.ANTHROPIC_API_KEY ?? "not-set",
		baseUrl: (e.ANTHROPIC_BASE_URL ?? "https://api.anthropic.com").replace(/\/+$/, ""),
	};
}

/** Unless others are named, the two that are in use anyway: of those it is known that the provider has them. */
export function toAgentModels(e: Environment): readonly string[] {
	const named = e.AGENT_MODELS.split(",")
		.map((name) => name.trim())
		.filter((name) => name !== "");
	return [...new Set([e.AGENT_MODEL, ...(named.length > 0 ? named : [e.FAST_MODEL])])];
}
