import type { IconButton as IconButtonElement } from "@slack/types";
import { useDesk } from "../../state/desk.ts";
import { Icon } from "../../ui/icon.tsx";
import type { ElementProps } from "./element-props.ts";
import { useElement } from "./use-element.ts";

export function IconButton(props: ElementProps<IconButtonElement>) {
	const { element } = props;
	const { workspace } = useDesk();
	const { isBusy, isLive, press } = useElement(props);
	const seenBy = element.visible_to_user_ids;
	if (seenBy !== undefined && !seenBy.includes(workspace.me.id)) return null;
	return (
		<button
			type="button"
			className="icon-button"
			disabled={!isLive || isBusy}
			aria-label={element.accessibility_label ?? element.text.text}
			title={element.text.text}
			onClick={() => press(element.value === undefined ? {} : { value: element.value })}
		>
			{element.icon === "trash" ? <Icon name="trash" /> : element.text.text}
		</button>
	);
}
