import { z } from "zod";

const cacheControl = z
	.strictObject({ type: z.literal("ephemeral"), ttl: z.enum(["5m", "1h"]).optional() })
	.nullish();

const textBlock = z.strictObject({
	type: z.literal("text"),
	text: z.string().min(1, "text content blocks must be non-empty"),
	citations: z.unknown().optional(),
	cache_control: cacheControl,
});

const imageBlock = z.strictObject({
	type: z.literal("image"),
	source: z.discriminatedUnion("type", [
		z.strictObject({
			type: z.literal("base64"),
			media_type: z.enum(["image/jpeg", "image/png", "image/gif", "image/webp"]),
			data: z.base64(),
		}),
		z.strictObject({ type: z.literal("url"), url: z.url() }),
		z.strictObject({ type: z.literal("file"), file_id: z.string() }),
	]),
	cache_control: cacheControl,
});

const documentBlock = z.strictObject({
	type: z.literal("document"),
	source: z.looseObject({ type: z.enum(["base64", "text", "content", "url", "file"]) }),
	title: z.string().nullish(),
	context: z.string().nullish(),
	citations: z.unknown().optional(),
	cache_control: cacheControl,
});

const toolName = z
	.string()
	.regex(/^[a-zA-Z0-9_-]{1,128}$/, "String should match pattern '^[a-zA-Z0-9_-]{1,128}$'");
const toolUseId = z.string().regex(/^[a-zA-Z0-9_-]+$/, "String should match pattern '^[a-zA-Z0-9_-]+$'");

const toolUseBlock = z.strictObject({
	type: z.literal("tool_use"),
	id: toolUseId,
	name: toolName,
	input: z.record(z.string(), z.unknown()),
	cache_control: cacheControl,
});

const toolResultBlock = z.strictObject({
	type: z.literal("tool_result"),
	tool_use_id: toolUseId,
	content: z
		.union([z.string(), z.array(z.discriminatedUnion("type", [textBlock, imageBlock, documentBlock]))])
		.optional(),
	is_error: z.boolean().optional(),
	cache_control: cacheControl,
});

const contentBlock = z.discriminatedUnion("type", [
	textBlock,
	imageBlock,
	documentBlock,
	toolUseBlock,
	toolResultBlock,
	z.strictObject({ type: z.literal("thinking"), thinking: z.string(), signature: z.string() }),
	z.strictObject({ type: z.literal("redacted_thinking"), data: z.string() }),
]);

const message = z.strictObject({
	role: z.enum(["user", "assistant", "system"]),
	content: z.union([z.string().min(1, "messages must have non-empty content"), z.array(contentBlock)]),
});

const tool = z.strictObject({
	type: z.literal("custom").nullish(),
	name: toolName,
	description: z.string().optional(),
	input_schema: z.looseObject({ type: z.literal("object") }),
	eager_input_streaming: z.boolean().nullish(),
	strict: z.boolean().optional(),
	input_examples: z.array(z.record(z.string(), z.unknown())).optional(),
	defer_loading: z.boolean().optional(),
	cache_control: cacheControl,
});

const parallel = { disable_parallel_tool_use: z.boolean().optional() };

const toolChoice = z.discriminatedUnion("type", [
	z.strictObject({ type: z.literal("auto"), ...parallel }),
	z.strictObject({ type: z.literal("any"), ...parallel }),
	z.strictObject({ type: z.literal("tool"), name: toolName, ...parallel }),
	z.strictObject({ type: z.literal("none") }),
]);

const thinking = z.discriminatedUnion("type", [
	z.strictObject({
		type: z.literal("adaptive"),
		display: z.enum(["summarized", "omitted"]).nullish(),
		block_binding: z.looseObject({}).nullish(),
	}),
	z.strictObject({
		type: z.literal("enabled"),
		budget_tokens: z.int().min(1024),
		display: z.enum(["summarized", "omitted"]).nullish(),
		block_binding: z.looseObject({}).nullish(),
	}),
	z.strictObject({ type: z.literal("disabled") }),
]);

const counted = {
	model: z.string(),
	messages: z.array(message).min(1, "at least one message is required").max(100_000),
	system: z.union([z.string(), z.array(textBlock)]).optional(),
	tools: z.array(tool).optional(),
	tool_choice: toolChoice.optional(),
	thinking: thinking.optional(),
	output_config: z.looseObject({}).optional(),
	context_management: z.looseObject({}).nullish(),
	cache_control: cacheControl,
};

/** The body of `POST /v1/messages`, after @anthropic-ai/sdk 1.12.0 and what OpenCode 1.18.33 was seen to send. */
export const messagesRequestSchema = z.strictObject({
	...counted,
	max_tokens: z.int().min(0),
	stream: z.boolean().optional(),
	stop_sequences: z.array(z.string().min(1)).optional(),
	temperature: z.number().min(0).max(1).optional(),
	top_p: z.number().min(0).max(1).optional(),
	top_k: z.int().min(0).optional(),
	metadata: z.strictObject({ user_id: z.string().nullish() }).optional(),
	service_tier: z.enum(["auto", "standard_only"]).optional(),
	container: z.unknown().optional(),
	diagnostics: z.unknown().optional(),
	inference_geo: z.string().nullish(),
	speed: z.enum(["standard", "fast"]).nullish(),
});

/** The body of `POST /v1/messages/count_tokens`. */
export const countTokensRequestSchema = z.strictObject(counted);

export type MessagesRequest = z.infer<typeof messagesRequestSchema>;
export type Message = z.infer<typeof message>;
export type ContentBlock = z.infer<typeof contentBlock>;
