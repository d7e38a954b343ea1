import { z } from "zod";
import { Refused } from "../refused.ts";

type Part = Record<string, unknown>;

/** What a person did to an element: the element's id and whichever of Slack's fields belongs to its type. */
export const givenAction = z.looseObject({ action_id: z.string() });
export type GivenAction = z.infer<typeof givenAction>;

const option = z.looseObject({ text: z.unknown(), value: z.string() });

/** The field in which an element of a type reports what was chosen or typed. */
const VALUE_FIELDS: Record<string, string> = {
	static_select: "selected_option",
	external_select: "selected_option",
	overflow: "selected_option",
	radio_buttons: "selected_option",
	multi_static_select: "selected_options",
	multi_external_select: "selected_options",
	checkboxes: "selected_options",
	users_select: "selected_user",
	multi_users_select: "selected_users",
	channels_select: "selected_channel",
	multi_channels_select: "selected_channels",
	conversations_select: "selected_conversation",
	multi_conversations_select: "selected_conversations",
	datepicker: "selected_date",
	timepicker: "selected_time",
	datetimepicker: "selected_date_time",
	plain_text_input: "value",
	email_text_input: "value",
	url_text_input: "value",
	number_input: "value",
	rich_text_input: "rich_text_value",
	file_input: "files",
};

/** @throws Refused `block_not_found` or `action_not_found`: people cannot press what is not there */
export function findElement(blocks: unknown[], blockId: string, actionId: string): Part {
	const block = find(blocks, (part) => part.block_id === blockId);
	if (block === undefined) throw new Refused("block_not_found");
	const element = find(block, (part) => part.action_id === actionId && typeof part.type === "string");
	if (element === undefined) throw new Refused("action_not_found");
	return element;
}

/** One entry of `actions` in a `block_actions` payload. */
export function toAction(element: Part, blockId: string, given: GivenAction, actionTs: string): Part {
	const type = String(element.type);
	const base = { type, action_id: element.action_id, block_id: blockId, action_ts: actionTs };
	if (type === "button" || type === "icon_button" || type === "workflow_button") {
		return {
			...base,
			text: element.text,
			...(element.value === undefined ? {} : { value: element.value }),
			...(element.style === undefined ? {} : { style: element.style }),
		};
	}
	if (type === "feedback_buttons") {
		const chosen = [element.positive_button, element.negative_button].find(
			(button) => (button as Part | undefined)?.value === given.value,
		);
		if (chosen === undefined) throw new Refused("invalid_option");
		return { ...base, ...(chosen as Part) };
	}
	return { ...base, ...readValue(element, given), ...pick(element, ["placeholder"]) };
}

/** What an element holds, under Slack's name for it; a choice must be among the element's own options. */
export function readValue(element: Part, given: Part): Part {
	const field = VALUE_FIELDS[String(element.type)];
	if (field === undefined) throw new Refused("action_not_found");
	const value = given[field];
	if (field === "selected_option") return { [field]: value == null ? null : check(element, value) };
	if (field === "selected_options") {
		const many = z.array(z.unknown()).safeParse(value ?? []);
		if (!many.success) throw new Refused("invalid_option");
		return { [field]: many.data.map((one) => check(element, one)) };
	}
	return { [field]: value ?? null };
}

function check(element: Part, value: unknown): unknown {
	const given = option.safeParse(value);
	if (!given.success) throw new Refused("invalid_option");
	if (String(element.type).includes("external")) return given.data;
	const groups = (element.option_groups ?? []) as { options: Part[] }[];
	const offered = [...((element.options ?? []) as Part[]), ...groups.flatMap((group) => group.options)];
	const known = offered.find((one) => one.value === given.data.value);
	if (known === undefined) throw new Refused("invalid_option");
	return known;
}

/** Depth-first search for an object inside blocks. */
function find(value: unknown, matches: (part: Part) => boolean): Part | undefined {
	if (typeof value !== "object" || value === null) return undefined;
	if (!Array.isArray(value) && matches(value as Part)) return value as Part;
	for (const inner of Object.values(value)) {
		const found = find(inner, matches);
		if (found !== undefined) return found;
	}
	return undefined;
}

function pick(part: Part, keys: string[]): Part {
	return Object.fromEntries(keys.filter((key) => part[key] !== undefined).map((key) => [key, part[key]]));
}
