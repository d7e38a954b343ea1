import type { MessagesRequest } from "./request-schema.ts";

type ReplyBlock =
	| { type: "text"; text: string }
	| { type: "tool_use"; name: string; input: Record<string, unknown> };

/** What the model says to one request, before it is put on the wire. */
export interface Reply {
	blocks: ReplyBlock[];
	stopReason: "end_turn" | "tool_use" | "max_tokens" | "refusal";
}

const CHARS_PER_TOKEN = 4;

export function toTextReply(text: string): Reply {
	return { blocks: text === "" ? [] : [{ type: "text", text }], stopReason: "end_turn" };
}

/** About four characters a token: enough to see a meter move, no more exact than that. */
function countTokens(value: unknown): number {
	if (value === undefined) return 0;
	const text = typeof value === "string" ? value : JSON.stringify(value);
	return Math.ceil(text.length / CHARS_PER_TOKEN);
}

export function countInputTokens(request: Pick<MessagesRequest, "system" | "messages" | "tools">): number {
	return countTokens(request.system) + countTokens(request.messages) + countTokens(request.tools);
}

function countOutputTokens(reply: Reply): number {
	return reply.blocks.reduce(
		(sum, block) => sum + countTokens(block.type === "text" ? block.text : block.input),
		0,
	);
}

/** Cuts a reply where `max_tokens` ends it. A tool call that does not fit is left out whole. */
export function limitReply(reply: Reply, maxTokens: number): Reply {
	let left = maxTokens;
	const blocks: ReplyBlock[] = [];
	for (const block of reply.blocks) {
		const tokens = countTokens(block.type === "text" ? block.text : block.input);
		if (tokens <= left) {
			blocks.push(block);
			left -= tokens;
			continue;
		}
		const cut = block.type === "text" ? block.text.slice(0, left * CHARS_PER_TOKEN) : "";
		if (cut !== "") blocks.push({ type: "text", text: cut.toWellFormed() });
		return { blocks, stopReason: "max_tokens" };
	}
	return { ...reply, blocks };
}

/** The reply as the vendor's Message object; `usage` before any output is what a stream starts with. */
export function toMessage(
	reply: Reply,
	facts: { id: string; model: string; inputTokens: number; newId(): string },
) {
	return {
		id: facts.id,
		type: "message",
		role: "assistant",
		model: facts.model,
		content: reply.blocks.map((block) =>
			block.type === "text" ? block : { ...block, id: `toolu_${facts.newId().replaceAll("-", "")}` },
		),
		stop_reason: reply.stopReason,
		stop_sequence: null,
		usage: {
			input_tokens: facts.inputTokens,
			cache_creation_input_tokens: 0,
			cache_read_input_tokens: 0,
			output_tokens: countOutputTokens(reply),
			service_tier: "standard",
		},
	};
}
