import type { Overflow as OverflowElement } from "@slack/types";
import { isWebAddress } from "../../text/parse-mrkdwn.ts";
import { Plain } from "../../text/plain.tsx";
import { Icon } from "../../ui/icon.tsx";
import { Menu } from "../../ui/menu.tsx";
import { Popup } from "../../ui/popup.tsx";
import { useToggle } from "../../ui/use-toggle.ts";
import type { ElementProps } from "./element-props.ts";
import { useElement } from "./use-element.ts";

/** The "⋯" button with a short menu. */
export function Overflow(props: ElementProps<OverflowElement>) {
	const { isBusy, isLive, press } = useElement(props);
	const { isOpen, anchor, close, toggle } = useToggle();
	return (
		<>
			<button
				ref={anchor}
				type="button"
				className="button button-square"
				aria-label="More actions"
				aria-haspopup="menu"
				aria-expanded={isOpen}
				disabled={!isLive || isBusy}
				onClick={toggle}
			>
				<Icon name="more" />
			</button>
			{isOpen && (
				<Popup anchor={anchor} onClose={close} align="end">
					<Menu
						label="More actions"
						items={props.element.options.map((option, index) => ({
							key: option.value ?? String(index),
							label: <Plain text={option.text.text} />,
							...(option.description ? { detail: option.description.text } : {}),
							onChoose() {
								close();
								if (option.url && isWebAddress(option.url)) open(option.url, "_blank", "noreferrer");
								press({ selected_option: option });
							},
						}))}
					/>
				</Popup>
			)}
		</>
	);
}
