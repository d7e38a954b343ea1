import type { FeedbackButtons as FeedbackElement } from "@slack/types";
import { useState } from "react";
import type { ElementProps } from "./element-props.ts";
import { useElement } from "./use-element.ts";

/** Thumbs up and thumbs down. */
export function FeedbackButtons(props: ElementProps<FeedbackElement>) {
	const { positive_button: up, negative_button: down } = props.element;
	const { isBusy, isLive, press } = useElement(props);
	const [given, setGiven] = useState<string | null>(null);
	return (
		<>
			{[
				{ button: up, sign: "👍" },
				{ button: down, sign: "👎" },
			].map(({ button, sign }) => (
				<button
					key={sign}
					type="button"
					className={`icon-button ${given === button.value ? "is-on" : ""}`}
					disabled={!isLive || isBusy}
					aria-label={button.accessibility_label ?? button.text.text}
					title={button.text.text}
					onClick={() => {
						setGiven(button.value);
						press({ value: button.value });
					}}
				>
					{sign}
				</button>
			))}
		</>
	);
}
