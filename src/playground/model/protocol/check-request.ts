import { ModelApiError } from "./api-error.ts";
import { findModel } from "./models.ts";
import type { ContentBlock, Message, MessagesRequest } from "./request-schema.ts";

/** Took sampling fields and had no `system` messages; still sent by OpenCode. */
export const OLD_VERSION = "2023-06-01";
/** What @anthropic-ai/sdk 1.12.0 sends. */
export const NEW_VERSION = "2026-10-21";

const MAX_CACHE_BREAKPOINTS = 4;

type Checked = Pick<MessagesRequest, "model" | "messages" | "system" | "tools" | "tool_choice" | "thinking"> &
	Partial<MessagesRequest>;

/**
 * The rules of the Messages API that a schema cannot hold.
 *
 * @throws ModelApiError `not_found_error` for an unknown model, otherwise `invalid_request_error`
 */
export function checkRequest(request: Checked, version: string): void {
	const model = findModel(request.model);
	if (!model) throw new ModelApiError("not_found_error", `model: ${request.model}`);
	if (version !== OLD_VERSION) {
		for (const field of ["temperature", "top_p", "top_k"] as const) {
			if (request[field] !== undefined) refuse(`${field}: Extra inputs are not permitted`);
		}
	}
	checkTools(request);
	checkThinking(request, model.alwaysThinks);
	checkMessages(request.messages, version);
	const breakpoints = countCacheControls(request);
	if (breakpoints > MAX_CACHE_BREAKPOINTS) {
		refuse(`A maximum of 4 blocks with cache_control may be provided. Found ${breakpoints}.`);
	}
}

function checkTools({ tools = [], tool_choice: choice }: Checked): void {
	const names = new Set<string>();
	for (const tool of tools) {
		if (names.has(tool.name)) refuse("tools: Tool names must be unique.");
		names.add(tool.name);
	}
	if (choice && choice.type !== "none" && tools.length === 0) {
		refuse("tool_choice: may only be specified while providing tools");
	}
	if (choice?.type === "tool" && !names.has(choice.name)) {
		refuse(`tool_choice.name: Tool '${choice.name}' not found in provided tools`);
	}
}

function checkThinking(request: Checked, alwaysThinks: boolean): void {
	const { thinking, tool_choice: choice } = request;
	const forced = choice?.type === "any" || choice?.type === "tool";
	if (alwaysThinks && thinking?.type === "disabled") {
		refuse(`thinking.type: 'disabled' is not supported for model ${request.model}`);
	}
	const thinks = alwaysThinks || thinking?.type === "enabled" || thinking?.type === "adaptive";
	if (thinks && forced) refuse("Thinking may not be enabled when tool_choice forces tool use.");
	if (
		thinking?.type === "enabled" &&
		thinking.budget_tokens >= (request.max_tokens ?? Number.POSITIVE_INFINITY)
	) {
		refuse("`max_tokens` must be greater than `thinking.budget_tokens`.");
	}
}

/** Neighbours of one role count as one message, as the vendor documents. */
function checkMessages(messages: readonly Message[], version: string): void {
	const seen = new Set<string>();
	let open: string[] = [];
	messages.forEach((message, index) => {
		const at = `messages.${index}`;
		if (message.role === "system" && version === OLD_VERSION) {
			refuse(`${at}.role: Unexpected role "system". The Messages API accepts a top-level system parameter.`);
		}
		const blocks = typeof message.content === "string" ? [] : message.content;
		if (Array.isArray(message.content) && blocks.length === 0 && message.role !== "assistant") {
			refuse(`${at}: user messages must have non-empty content`);
		}
		if (message.role === "assistant") {
			if (open.length > 0 && messages[index - 1]?.role !== "assistant") refuseUnanswered(at, open);
			open = [...open, ...readToolUses(at, blocks, seen)];
			return;
		}
		open = checkResults(at, blocks, open);
	});
	if (messages[0]?.role === "assistant") refuse("messages.0.role: the first message must use the user role");
	if (messages.at(-1)?.role === "assistant") {
		refuse(
			"This model does not support assistant message prefill. The conversation must end with a user message.",
		);
	}
}

function readToolUses(at: string, blocks: readonly ContentBlock[], seen: Set<string>): string[] {
	const ids: string[] = [];
	for (const [index, block] of blocks.entries()) {
		if (block.type === "tool_result") {
			refuse(`${at}.content.${index}: \`tool_result\` blocks may only be in \`user\` messages`);
		}
		if (block.type !== "tool_use") continue;
		if (seen.has(block.id)) refuse(`${at}.content.${index}: \`tool_use\` ids must be unique`);
		seen.add(block.id);
		ids.push(block.id);
	}
	return ids;
}

function checkResults(at: string, blocks: readonly ContentBlock[], open: readonly string[]): string[] {
	const left = new Set(open);
	for (const [index, block] of blocks.entries()) {
		if (block.type === "tool_use") {
			refuse(`${at}.content.${index}: \`tool_use\` blocks may only be in \`assistant\` messages`);
		}
		if (block.type !== "tool_result") {
			if (left.size > 0) refuseUnanswered(at, [...left]);
			continue;
		}
		if (!left.delete(block.tool_use_id)) {
			refuse(
				`${at}.content.${index}: unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${block.tool_use_id}. Each \`tool_result\` block must have a corresponding \`tool_use\` block in the previous message.`,
			);
		}
	}
	if (left.size > 0) refuseUnanswered(at, [...left]);
	return [];
}

function refuseUnanswered(at: string, ids: readonly string[]): never {
	refuse(
		`${at}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${ids.join(", ")}. Each \`tool_use\` block must have a corresponding \`tool_result\` block in the next message.`,
	);
}

function countCacheControls({ system, tools, messages }: Checked): number {
	const blocks = [
		...(Array.isArray(system) ? system : []),
		...(tools ?? []),
		...messages.flatMap((message) => (Array.isArray(message.content) ? message.content : [])),
	];
	return blocks.filter((block) => "cache_control" in block && block.cache_control).length;
}

function refuse(message: string): never {
	throw new ModelApiError("invalid_request_error", message);
}
