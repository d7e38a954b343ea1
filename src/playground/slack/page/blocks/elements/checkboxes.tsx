import type { Checkboxes as CheckboxesElement } from "@slack/types";
import { Text } from "../../text/text-object.tsx";
import type { Option } from "../scope.ts";
import type { ElementProps } from "./element-props.ts";
import { useElement } from "./use-element.ts";

export function Checkboxes(props: ElementProps<CheckboxesElement>) {
	const { element } = props;
	const { held, isLive, choose } = useElement(props);
	const chosen = ((held?.selected_options as Option[] | undefined) ?? element.initial_options ?? []).map(
		({ value }) => value,
	);
	const isOn = (option: { value?: string }) => chosen.includes(option.value);
	return (
		<fieldset className="choices" id={props.id}>
			{element.options.map((option, index) => (
				<label key={option.value ?? index}>
					<input
						type="checkbox"
						disabled={!isLive}
						checked={isOn(option)}
						onChange={() =>
							choose({
								selected_options: element.options.filter((one) => isOn(one) !== (one.value === option.value)),
							})
						}
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
