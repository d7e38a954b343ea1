import type { RadioButtons as RadioElement } from "@slack/types";
import { useId } from "react";
import { Text } from "../../text/text-object.tsx";
import type { Option } from "../scope.ts";
import type { ElementProps } from "./element-props.ts";
import { useElement } from "./use-element.ts";

export function RadioButtons(props: ElementProps<RadioElement>) {
	const { element } = props;
	const { held, isLive, choose } = useElement(props);
	const name = useId();
	const chosen = (held?.selected_option as Option | undefined) ?? element.initial_option;
	return (
		<fieldset className="choices" id={props.id}>
			{element.options.map((option, index) => (
				<label key={option.value ?? index}>
					<input
						type="radio"
						name={name}
						disabled={!isLive}
						checked={chosen?.value === option.value}
						onChange={() => choose({ selected_option: option })}
					/>
					<span>
						<Text of={option.text} />
						{option.description && <small>{option.description.text}</small>}
					</span>
				</label>
			))}
		</fieldset>
	);
}
