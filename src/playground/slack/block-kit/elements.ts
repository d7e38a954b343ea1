import { z } from "zod";
import { richTextBlock } from "./rich-text.ts";
import { colorScheme, confirm, identifier, mrkdwn, plain, text, webAddress } from "./text.ts";

const actionable = { action_id: identifier.optional() };
const confirmable = { confirm: confirm.optional() };
const focusable = { focus_on_load: z.boolean().optional() };
const placeholdable = { placeholder: plain(150).optional() };
const dispatchable = {
	dispatch_action_config: z
		.strictObject({
			trigger_actions_on: z
				.array(z.enum(["on_enter_pressed", "on_character_entered"]))
				.min(1)
				.optional(),
		})
		.optional(),
};
const respondable = { response_url_enabled: z.boolean().optional() };
const several = { max_selected_items: z.number().int().min(1).optional() };
const pick = { ...actionable, ...confirmable, ...focusable, ...placeholdable };

const optionRest = { value: text(75, 0).optional(), description: plain(75).optional() };
const option = z.strictObject({ text: plain(75), ...optionRest });
const overflowOption = z.strictObject({ text: plain(75), ...optionRest, url: webAddress.optional() });
const richOption = z.strictObject({
	text: z.discriminatedUnion("type", [plain(75), mrkdwn(75)]),
	...optionRest,
});
const options = z
	.array(option)
	.min(1, "must have at least 1 option")
	.max(100, "no more than 100 items allowed");
const optionGroups = z
	.array(z.strictObject({ label: plain(75), options }))
	.max(100, "no more than 100 items allowed");
const boxes = z
	.array(richOption)
	.min(1, "must have at least 1 option")
	.max(10, "no more than 10 items allowed");

/** What an app answers to a `block_suggestion`: options or groups, 100 at most. */
export const suggestionsSchema = z.union([
	z.strictObject({ options: z.array(option).max(100, "no more than 100 items allowed") }),
	z.strictObject({ option_groups: optionGroups }),
]);

const choices = { options: options.optional(), option_groups: optionGroups.optional() };
function oneKindOfChoices(select: { options?: unknown; option_groups?: unknown }): boolean {
	return (select.options === undefined) !== (select.option_groups === undefined);
}
const ONE_KIND = "needs either options or option_groups";

const date = z.string().regex(/^\d{4}-\d{2}-\d{2}$/, "must be a date in the form YYYY-MM-DD");
const time = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, "must be a time in the form HH:mm");
const conversationFilter = z
	.strictObject({
		include: z
			.array(z.enum(["im", "mpim", "private", "public"]))
			.min(1)
			.optional(),
		exclude_external_shared_channels: z.boolean().optional(),
		exclude_bot_users: z.boolean().optional(),
	})
	.refine((filter) => Object.keys(filter).length > 0, "must not be empty")
	.optional();

export const button = z.strictObject({
	type: z.literal("button"),
	...actionable,
	...confirmable,
	text: plain(75),
	value: text(2000, 0).optional(),
	url: webAddress.optional(),
	style: colorScheme.optional(),
	accessibility_label: text(75).optional(),
});
export const checkboxes = z.strictObject({
	type: z.literal("checkboxes"),
	...actionable,
	...confirmable,
	...focusable,
	options: boxes,
	initial_options: boxes.optional(),
});
export const radioButtons = z.strictObject({
	type: z.literal("radio_buttons"),
	...actionable,
	...confirmable,
	...focusable,
	options: boxes,
	initial_option: richOption.optional(),
});
export const datepicker = z.strictObject({
	type: z.literal("datepicker"),
	...pick,
	initial_date: date.optional(),
});
export const datetimepicker = z.strictObject({
	type: z.literal("datetimepicker"),
	...actionable,
	...confirmable,
	...focusable,
	initial_date_time: z.number().int().min(1_000_000_000).max(9_999_999_999).optional(),
});
export const timepicker = z.strictObject({
	type: z.literal("timepicker"),
	...pick,
	initial_time: time.optional(),
	timezone: z.string().optional(),
});
export const overflow = z.strictObject({
	type: z.literal("overflow"),
	...actionable,
	...confirmable,
	options: z
		.array(overflowOption)
		.min(1, "must have at least 1 option")
		.max(5, "no more than 5 items allowed"),
});
export const workflowButton = z.strictObject({
	type: z.literal("workflow_button"),
	...actionable,
	...confirmable,
	text: plain(75),
	workflow: z.strictObject({
		trigger: z.strictObject({
			url: webAddress,
			customizable_input_parameters: z
				.array(z.strictObject({ name: z.string(), value: z.string() }))
				.optional(),
		}),
	}),
	style: colorScheme.optional(),
	accessibility_label: text(75).optional(),
});

export const selects = [
	z
		.strictObject({
			type: z.literal("static_select"),
			...pick,
			...choices,
			initial_option: option.optional(),
		})
		.refine(oneKindOfChoices, ONE_KIND),
	z
		.strictObject({
			type: z.literal("multi_static_select"),
			...pick,
			...several,
			...choices,
			initial_options: z.array(option).max(100).optional(),
		})
		.refine(oneKindOfChoices, ONE_KIND),
	z.strictObject({
		type: z.literal("external_select"),
		...pick,
		initial_option: option.optional(),
		min_query_length: z.number().int().min(0).optional(),
	}),
	z.strictObject({
		type: z.literal("multi_external_select"),
		...pick,
		...several,
		initial_options: z.array(option).max(100).optional(),
		min_query_length: z.number().int().min(0).optional(),
	}),
	z.strictObject({ type: z.literal("users_select"), ...pick, initial_user: z.string().optional() }),
	z.strictObject({
		type: z.literal("multi_users_select"),
		...pick,
		...several,
		initial_users: z.array(z.string()).optional(),
	}),
	z.strictObject({
		type: z.literal("conversations_select"),
		...pick,
		...respondable,
		initial_conversation: z.string().optional(),
		default_to_current_conversation: z.boolean().optional(),
		filter: conversationFilter,
	}),
	z.strictObject({
		type: z.literal("multi_conversations_select"),
		...pick,
		...several,
		initial_conversations: z.array(z.string()).optional(),
		default_to_current_conversation: z.boolean().optional(),
		filter: conversationFilter,
	}),
	z.strictObject({
		type: z.literal("channels_select"),
		...pick,
		...respondable,
		initial_channel: z.string().optional(),
	}),
	z.strictObject({
		type: z.literal("multi_channels_select"),
		...pick,
		...several,
		initial_channels: z.array(z.string()).optional(),
	}),
] as const;

const typed = { ...actionable, ...dispatchable, ...focusable, ...placeholdable };
export const plainTextInput = z.strictObject({
	type: z.literal("plain_text_input"),
	...typed,
	initial_value: text(3000, 0).optional(),
	multiline: z.boolean().optional(),
	min_length: z.number().int().min(0).max(3000).optional(),
	max_length: z.number().int().min(1).max(3000).optional(),
});
export const emailInput = z.strictObject({
	type: z.literal("email_text_input"),
	...typed,
	initial_value: z.string().optional(),
});
export const urlInput = z.strictObject({
	type: z.literal("url_text_input"),
	...typed,
	initial_value: z.string().optional(),
});
export const numberInput = z.strictObject({
	type: z.literal("number_input"),
	...typed,
	is_decimal_allowed: z.boolean(),
	initial_value: z.string().optional(),
	min_value: z.string().optional(),
	max_value: z.string().optional(),
});
export const richTextInput = z.strictObject({
	type: z.literal("rich_text_input"),
	...typed,
	initial_value: richTextBlock.optional(),
	min_lines: z.number().int().min(1).optional(),
	max_lines: z.number().int().min(1).optional(),
});
export const fileInput = z.strictObject({
	type: z.literal("file_input"),
	...actionable,
	filetypes: z.array(z.string()).optional(),
	max_files: z.number().int().min(1).max(10).optional(),
});

const feedbackButton = z.strictObject({
	text: plain(75),
	accessibility_label: text(75).optional(),
	value: text(2000),
});
export const feedbackButtons = z.strictObject({
	type: z.literal("feedback_buttons"),
	...actionable,
	positive_button: feedbackButton,
	negative_button: feedbackButton,
});
export const iconButton = z.strictObject({
	type: z.literal("icon_button"),
	...actionable,
	...confirmable,
	icon: text(255),
	text: plain(75),
	accessibility_label: text(75).optional(),
	value: text(2000).optional(),
	visible_to_user_ids: z.array(z.string()).optional(),
});
