import type { Button as ButtonElement, WorkflowButton } from "@slack/types";
import { isWebAddress } from "../../text/parse-mrkdwn.ts";
import { Plain } from "../../text/plain.tsx";
import type { ElementProps } from "./element-props.ts";
import { useElement } from "./use-element.ts";

/** A button. One with an address opens it in a new tab and tells the app too, as on Slack. */
export function Button(props: ElementProps<ButtonElement | WorkflowButton>) {
	const { element } = props;
	const { isBusy, isLive, press } = useElement(props);
	const url = "url" in element && element.url && isWebAddress(element.url) ? element.url : null;
	const label = <Plain text={element.text.text} emoji={element.text.emoji ?? true} />;
	const common = {
		className: `button ${element.style ? `button-${element.style}` : ""} ${isBusy ? "is-busy" : ""}`,
		"aria-label": element.accessibility_label,
	};
	const onClick = () =>
		press("value" in element && element.value !== undefined ? { value: element.value } : {});
	if (url !== null) {
		return (
			<a {...common} href={url} target="_blank" rel="noreferrer" onClick={() => isLive && onClick()}>
				{label}
			</a>
		);
	}
	const isWorkflow = element.type === "workflow_button";
	return (
		<button
			{...common}
			type="button"
			disabled={!isLive || isBusy || isWorkflow}
			title={isWorkflow ? "Workflows do not run in the playground" : undefined}
			onClick={onClick}
		>
			{label}
		</button>
	);
}
