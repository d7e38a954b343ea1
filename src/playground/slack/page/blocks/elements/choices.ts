import type { Option, OptionGroup } from "../scope.ts";

interface Choices {
	options?: unknown;
	option_groups?: unknown;
}

/** The options of a select, or of an app's answer, in groups; those without a group are one without a name. */
export function toGroups(choices: Choices): OptionGroup[] {
	const groups = (choices.option_groups ?? []) as { label: { text: string }; options: Option[] }[];
	return [
		...(choices.options === undefined ? [] : [{ label: null, options: choices.options as Option[] }]),
		...groups.map((group) => ({ label: group.label.text, options: group.options })),
	];
}

/** The options whose words contain the query. */
export function filterGroups(groups: OptionGroup[], query: string): OptionGroup[] {
	const wanted = query.trim().toLowerCase();
	return groups
		.map(({ label, options }) => ({
			label,
			options: options.filter((option) => option.text.text.toLowerCase().includes(wanted)),
		}))
		.filter(({ options }) => options.length > 0);
}

export function plainOption(value: string, text: string): Option {
	return { text: { type: "plain_text", text, emoji: false }, value };
}
