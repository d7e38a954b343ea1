import type { EmailInput, NumberInput, PlainTextInput, RichTextInput, URLInput } from "@slack/types";
import type { KeyboardEvent } from "react";
import type { ElementProps } from "./element-props.ts";
import { richTextOf, textOf } from "./rich-value.ts";
import { useElement } from "./use-element.ts";

type TextElement = PlainTextInput | EmailInput | URLInput | NumberInput | RichTextInput;

const INPUT_TYPES = {
	plain_text_input: "text",
	email_text_input: "email",
	url_text_input: "url",
	number_input: "text",
	rich_text_input: "text",
};

/** A field to type into. */
export function TextInput(props: ElementProps<TextElement>) {
	const { element, dispatches } = props;
	const { held, isLive, choose, keep } = useElement(props);
	const isRich = element.type === "rich_text_input";
	const initial = isRich ? textOf(element.initial_value) : (element.initial_value ?? "");
	const text =
		held === undefined ? initial : isRich ? textOf(held.rich_text_value) : String(held.value ?? "");
	const toValue = (typed: string) =>
		isRich ? { rich_text_value: richTextOf(typed) } : { value: typed === "" ? null : typed };
	const triggers = element.dispatch_action_config?.trigger_actions_on ?? ["on_enter_pressed"];
	const isLong = isRich || (element.type === "plain_text_input" && element.multiline === true);

	const common = {
		id: props.id,
		className: "text-input",
		disabled: !isLive,
		value: text,
		placeholder: element.placeholder?.text,
		autoFocus: element.focus_on_load ?? false,
		...(element.type === "plain_text_input"
			? { minLength: element.min_length, maxLength: element.max_length }
			: {}),
		onChange: (event: { target: { value: string } }) => {
			const value = toValue(event.target.value);
			if (dispatches && triggers.includes("on_character_entered")) choose(value);
			else keep(value);
		},
		onKeyDown: (event: KeyboardEvent) => {
			if (event.key !== "Enter" || isLong || !dispatches || !triggers.includes("on_enter_pressed")) return;
			event.preventDefault();
			choose(toValue(text));
		},
	};
	if (isLong) return <textarea {...common} rows={4} />;
	return (
		<input
			{...common}
			type={INPUT_TYPES[element.type]}
			inputMode={element.type === "number_input" ? "decimal" : undefined}
		/>
	);
}
