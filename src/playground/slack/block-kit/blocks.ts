import { z } from "zod";
import * as element from "./elements.ts";
import { richTextBlock } from "./rich-text.ts";
import {
	exactlyOneImage,
	identifier,
	imageElement,
	imageSource,
	mrkdwn,
	NEEDS_ONE_IMAGE,
	plain,
	plainOrMrkdwn,
	text,
	webAddress,
} from "./text.ts";

const base = { block_id: identifier.optional() };

function atMost<T extends z.ZodType>(item: T, max: number, min = 1) {
	return z
		.array(item)
		.min(min, `must have at least ${min} items`)
		.max(max, `no more than ${max} items allowed`);
}

const shared = [
	element.checkboxes,
	element.datepicker,
	element.radioButtons,
	element.timepicker,
	...element.selects,
] as const;

const actions = z.strictObject({
	type: z.literal("actions"),
	...base,
	elements: atMost(
		z.discriminatedUnion("type", [
			element.button,
			element.datetimepicker,
			element.overflow,
			element.workflowButton,
			element.richTextInput,
			...shared,
		]),
		25,
	),
});
const section = z
	.strictObject({
		type: z.literal("section"),
		...base,
		text: plainOrMrkdwn(3000).optional(),
		fields: atMost(plainOrMrkdwn(2000), 10).optional(),
		accessory: z
			.discriminatedUnion("type", [
				element.button,
				imageElement,
				element.overflow,
				element.workflowButton,
				...shared,
			])
			.optional(),
		expand: z.boolean().optional(),
	})
	.refine((block) => block.text !== undefined || block.fields !== undefined, "needs text or fields");
const context = z.strictObject({
	type: z.literal("context"),
	...base,
	elements: atMost(z.discriminatedUnion("type", [imageElement, plain(3000), mrkdwn(3000)]), 10),
});
const divider = z.strictObject({ type: z.literal("divider"), ...base });
const file = z.strictObject({
	type: z.literal("file"),
	...base,
	source: z.literal("remote"),
	external_id: text(255),
});
const header = z.strictObject({
	type: z.literal("header"),
	...base,
	text: plain(150),
	level: z.number().int().min(1).max(4).optional(),
});
const image = z
	.strictObject({
		type: z.literal("image"),
		...base,
		...imageSource,
		alt_text: text(2000),
		title: plain(2000).optional(),
	})
	.refine(exactlyOneImage, NEEDS_ONE_IMAGE);
const input = z.strictObject({
	type: z.literal("input"),
	...base,
	label: plain(2000),
	hint: plain(2000).optional(),
	optional: z.boolean().optional(),
	dispatch_action: z.boolean().optional(),
	element: z.discriminatedUnion("type", [
		element.datetimepicker,
		element.emailInput,
		element.fileInput,
		element.numberInput,
		element.plainTextInput,
		element.richTextInput,
		element.urlInput,
		...shared,
	]),
});
const cell = z.discriminatedUnion("type", [
	z.strictObject({ type: z.literal("raw_text"), text: z.string() }),
	z.strictObject({ type: z.literal("raw_number"), value: z.number(), text: z.string() }),
	richTextBlock,
]);
const table = z.strictObject({
	type: z.literal("table"),
	...base,
	rows: atMost(atMost(cell, 20), 100),
	column_settings: z
		.array(
			z.strictObject({
				align: z.enum(["left", "center", "right"]).optional(),
				is_wrapped: z.boolean().optional(),
			}),
		)
		.max(20, "no more than 20 items allowed")
		.optional(),
});
const video = z.strictObject({
	type: z.literal("video"),
	...base,
	video_url: webAddress,
	thumbnail_url: webAddress,
	alt_text: text(2000),
	title: plain(199),
	title_url: webAddress.optional(),
	author_name: text(49).optional(),
	provider_name: z.string().optional(),
	provider_icon_url: webAddress.optional(),
	description: plain(200).optional(),
});
const card = z
	.strictObject({
		type: z.literal("card"),
		...base,
		hero_image: imageElement.optional(),
		icon: imageElement.optional(),
		title: mrkdwn(150).optional(),
		subtitle: mrkdwn(150).optional(),
		body: mrkdwn(200).optional(),
		actions: atMost(element.button, 5).optional(),
	})
	.refine(
		(block) => [block.hero_image, block.title, block.actions, block.body].some((part) => part !== undefined),
		"needs hero_image, title, actions or body",
	);
const carousel = z.strictObject({ type: z.literal("carousel"), ...base, elements: atMost(card, 10) });
const container = z
	.strictObject({
		type: z.literal("container"),
		...base,
		title: plain(150).optional(),
		rich_text_title: richTextBlock.optional(),
		subtitle: plainOrMrkdwn(150).optional(),
		child_blocks: atMost(
			z.discriminatedUnion("type", [
				actions,
				context,
				divider,
				file,
				header,
				image,
				input,
				richTextBlock,
				section,
				table,
				video,
			]),
			10,
		),
		width: z.enum(["narrow", "standard", "wide", "full"]).optional(),
		icon: imageElement.optional(),
		is_collapsible: z.boolean().optional(),
		default_collapsed: z.boolean().optional(),
		has_header_divider: z.boolean().optional(),
	})
	.refine((block) => block.title !== undefined || block.rich_text_title !== undefined, "needs a title")
	.refine(
		(block) => !block.default_collapsed || block.is_collapsible,
		"default_collapsed needs is_collapsible",
	);
const task = z.strictObject({
	type: z.literal("task_card"),
	...base,
	task_id: text(255),
	title: text(256),
	details: richTextBlock.optional(),
	output: richTextBlock.optional(),
	sources: z.array(z.strictObject({ type: z.literal("url"), url: webAddress, text: text(255) })).optional(),
	status: z.enum(["pending", "in_progress", "complete", "error"]),
});
const plan = z.strictObject({
	type: z.literal("plan"),
	...base,
	title: text(256),
	tasks: z.array(task).max(50, "no more than 50 items allowed").optional(),
});

/** Every block of `@slack/types` 3.2 with the limits that Slack documents for it. */
export const blockSchema = z.discriminatedUnion("type", [
	actions,
	z.strictObject({
		type: z.literal("alert"),
		...base,
		text: plainOrMrkdwn(3000),
		level: z.enum(["default", "info", "warning", "error", "success"]).optional(),
	}),
	card,
	carousel,
	container,
	context,
	z.strictObject({
		type: z.literal("context_actions"),
		...base,
		elements: atMost(z.discriminatedUnion("type", [element.feedbackButtons, element.iconButton]), 5),
	}),
	z.strictObject({
		type: z.literal("data_table"),
		...base,
		rows: atMost(atMost(cell, 20), 1000),
		caption: text(255),
		page_size: z.number().int().min(1).max(100).optional(),
		row_header_column_index: z.number().int().min(0).optional(),
	}),
	divider,
	file,
	header,
	image,
	input,
	z.strictObject({ type: z.literal("markdown"), ...base, text: text(12_000) }),
	plan,
	richTextBlock,
	section,
	table,
	task,
	video,
]);

export type KnownBlockType = z.infer<typeof blockSchema>["type"];
