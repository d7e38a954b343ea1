import type { MultiSelect, Select } from "@slack/types";
import type { ElementValue, Option } from "../scope.ts";

export type SelectElement = Select | MultiSelect;

/** The name under which each kind of select reports what was chosen. */
const FIELDS: Record<SelectElement["type"], string> = {
	static_select: "selected_option",
	external_select: "selected_option",
	users_select: "selected_user",
	channels_select: "selected_channel",
	conversations_select: "selected_conversation",
	multi_static_select: "selected_options",
	multi_external_select: "selected_options",
	multi_users_select: "selected_users",
	multi_channels_select: "selected_channels",
	multi_conversations_select: "selected_conversations",
};

export function isMulti(element: SelectElement): element is MultiSelect {
	return element.type.startsWith("multi_");
}

/** What was chosen, or what the app chose beforehand. */
export function chosenOf(
	element: SelectElement,
	held: ElementValue | undefined,
	named: (id: string) => Option,
): Option[] {
	const field = FIELDS[element.type];
	const initial = (element as unknown as Record<string, unknown>)[field.replace("selected_", "initial_")];
	const value = held === undefined ? initial : held[field];
	if (value === undefined || value === null) return [];
	const all = Array.isArray(value) ? (value as unknown[]) : [value];
	return all.map((one) => (typeof one === "string" ? named(one) : (one as Option)));
}

/** The other way round: what the app is told. */
export function toValue(element: SelectElement, chosen: Option[]): ElementValue {
	const field = FIELDS[element.type];
	const isOption = field.startsWith("selected_option");
	const values = chosen.map((option) => (isOption ? option : option.value));
	return { [field]: isMulti(element) ? values : (values[0] ?? null) };
}
