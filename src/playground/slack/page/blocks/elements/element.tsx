import { Image } from "../image.tsx";
import { UnknownBlock } from "../unknown-block.tsx";
import { Button } from "./button.tsx";
import { Checkboxes } from "./checkboxes.tsx";
import { DateInput } from "./date-input.tsx";
import type { AnyElement, ElementProps } from "./element-props.ts";
import { FeedbackButtons } from "./feedback-buttons.tsx";
import { FileInput } from "./file-input.tsx";
import { IconButton } from "./icon-button.tsx";
import { Overflow } from "./overflow.tsx";
import { RadioButtons } from "./radio-buttons.tsx";
import { Select } from "./select.tsx";
import { TextInput } from "./text-input.tsx";

/** One interactive element of a block, marked with the name by which the app knows it. */
export function Element(props: ElementProps<AnyElement>) {
	const { element } = props;
	return (
		<span className="element" data-action={"action_id" in element ? element.action_id : undefined}>
			<Drawn {...props} />
		</span>
	);
}

function Drawn({ element, ...rest }: ElementProps<AnyElement>) {
	switch (element.type) {
		case "button":
		case "workflow_button":
			return <Button element={element} {...rest} />;
		case "icon_button":
			return <IconButton element={element} {...rest} />;
		case "feedback_buttons":
			return <FeedbackButtons element={element} {...rest} />;
		case "image":
			return <Image image={element} kind="thumb" />;
		case "overflow":
			return <Overflow element={element} {...rest} />;
		case "checkboxes":
			return <Checkboxes element={element} {...rest} />;
		case "radio_buttons":
			return <RadioButtons element={element} {...rest} />;
		case "datepicker":
		case "timepicker":
		case "datetimepicker":
			return <DateInput element={element} {...rest} />;
		case "plain_text_input":
		case "email_text_input":
		case "url_text_input":
		case "number_input":
		case "rich_text_input":
			return <TextInput element={element} {...rest} />;
		case "file_input":
			return <FileInput element={element} {...rest} />;
		case "static_select":
		case "external_select":
		case "users_select":
		case "channels_select":
		case "conversations_select":
		case "multi_static_select":
		case "multi_external_select":
		case "multi_users_select":
		case "multi_channels_select":
		case "multi_conversations_select":
			return <Select element={element} {...rest} />;
		default:
			return <UnknownBlock block={element} />;
	}
}
