import { Icon } from "../ui/icon.tsx";
import { Popup } from "../ui/popup.tsx";
import { useToggle } from "../ui/use-toggle.ts";
import { EmojiPicker } from "./emoji-picker.tsx";

/** A button that opens the emoji. */
export function EmojiButton(props: {
	label: string;
	className?: string;
	side?: "above" | "below";
	onChoose: (name: string) => void;
}) {
	const { isOpen, anchor, close, toggle } = useToggle();
	return (
		<>
			<button
				ref={anchor}
				type="button"
				className={props.className ?? "icon-button"}
				aria-label={props.label}
				aria-expanded={isOpen}
				title={props.label}
				onClick={toggle}
			>
				<Icon name="smile" />
			</button>
			{isOpen && (
				<Popup anchor={anchor} onClose={close} side={props.side ?? "below"} align="end">
					<EmojiPicker
						onChoose={(name) => {
							close();
							props.onChoose(name);
						}}
					/>
				</Popup>
			)}
		</>
	);
}
