import { z } from "zod";
import { identifier, text } from "./text.ts";

const style = z
	.strictObject({
		bold: z.boolean().optional(),
		italic: z.boolean().optional(),
		strike: z.boolean().optional(),
		code: z.boolean().optional(),
		underline: z.boolean().optional(),
		highlight: z.boolean().optional(),
		client_highlight: z.boolean().optional(),
		unlink: z.boolean().optional(),
	})
	.optional();

const words = z.strictObject({ type: z.literal("text"), text: text(40_000), style });
const link = z.strictObject({
	type: z.literal("link"),
	url: text(3000),
	text: z.string().optional(),
	unsafe: z.boolean().optional(),
	style,
});

const inline = z.discriminatedUnion("type", [
	words,
	link,
	z.strictObject({ type: z.literal("broadcast"), range: z.enum(["here", "channel", "everyone"]), style }),
	z.strictObject({ type: z.literal("color"), value: z.string(), style }),
	z.strictObject({ type: z.literal("channel"), channel_id: text(255), style }),
	z.strictObject({
		type: z.literal("date"),
		timestamp: z.number().int(),
		format: text(255),
		url: z.string().optional(),
		fallback: z.string().optional(),
		style,
	}),
	z.strictObject({
		type: z.literal("emoji"),
		name: text(255),
		unicode: z.string().optional(),
		url: z.string().optional(),
		style,
	}),
	z.strictObject({ type: z.literal("team"), team_id: text(255), style }),
	z.strictObject({ type: z.literal("user"), user_id: text(255), style }),
	z.strictObject({ type: z.literal("usergroup"), usergroup_id: text(255), style }),
]);

const border = z.union([z.literal(0), z.literal(1)]).optional();
const section = z.strictObject({ type: z.literal("rich_text_section"), elements: z.array(inline) });

export const richTextBlock = z.strictObject({
	type: z.literal("rich_text"),
	block_id: identifier.optional(),
	elements: z.array(
		z.discriminatedUnion("type", [
			section,
			z.strictObject({
				type: z.literal("rich_text_list"),
				elements: z.array(section),
				style: z.enum(["bullet", "ordered"]),
				indent: z.number().int().min(0).max(8).optional(),
				offset: z.number().int().min(0).optional(),
				border,
			}),
			z.strictObject({ type: z.literal("rich_text_quote"), elements: z.array(inline), border }),
			z.strictObject({
				type: z.literal("rich_text_preformatted"),
				elements: z.array(z.discriminatedUnion("type", [words, link])),
				language: z.string().optional(),
				border,
			}),
		]),
	),
});
