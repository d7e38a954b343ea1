import { z } from "zod";

/** Tools whose calls the agent carries out itself: its own, and Anthropic's that run at the client (its tool reference). */
const CLIENT_TOOL = /^(custom|(bash|computer|memory|text_editor)_\d+)$/;

const call = z.looseObject({
	tools: z.array(z.looseObject({ type: z.string().nullish() })).optional(),
	mcp_servers: z.array(z.unknown()).nullish(),
	messages: z.array(z.looseObject({ content: z.unknown() })).optional(),
});

/**
 * Pure. Why a request of the Messages API is refused; null: it is passed on. What the provider would fetch or run for a
 * sandbox goes past its egress rules, and past what its calls are counted for.
 */
export function decideModelCall(body: Uint8Array): string | null {
	const read = call.safeParse(parseJson(body));
	if (!read.success) return "The request is not one of the Messages API.";
	const { tools = [], mcp_servers, messages = [] } = read.data;
	if (mcp_servers && mcp_servers.length > 0)
		return "MCP servers that the provider calls are not offered here.";
	const foreign = tools.find(({ type }) => !CLIENT_TOOL.test(type ?? "custom"));
	if (foreign !== undefined) return `Tools that run at the provider are not offered here: ${foreign.type}.`;
	if (messages.some(({ content }) => hasUrl(content)))
		return "Files that the provider is to fetch from an address are not offered here: send their bytes.";
	return null;
}

function parseJson(body: Uint8Array): unknown {
	try {
		return JSON.parse(new TextDecoder().decode(body));
	} catch {
		return undefined;
	}
}

/** Looks at blocks only, never into what a tool was called with: that is data. */
function hasUrl(content: unknown): boolean {
	if (!Array.isArray(content)) return false;
	return content.some(
		(block: { source?: { type?: unknown; content?: unknown }; content?: unknown } | null) => {
			const source = block?.source;
			return source?.type === "url" || hasUrl(source?.content) || hasUrl(block?.content);
		},
	);
}
