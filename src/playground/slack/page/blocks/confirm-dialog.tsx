import type { Confirm } from "@slack/types";
import { Plain } from "../text/plain.tsx";
import { Text } from "../text/text-object.tsx";
import { Dialog } from "../ui/dialog.tsx";

/** The question that an app puts before one of its own actions. */
export function ConfirmDialog({
	confirm,
	onAnswer,
}: {
	confirm: Confirm;
	onAnswer: (isSure: boolean) => void;
}) {
	return (
		<Dialog
			title={<Plain text={confirm.title?.text ?? "Are you sure?"} />}
			onClose={() => onAnswer(false)}
			className="dialog-small"
			footer={
				<>
					<button type="button" className="button" onClick={() => onAnswer(false)}>
						<Plain text={confirm.deny?.text ?? "Cancel"} />
					</button>
					<button
						type="button"
						className={`button ${confirm.style === "danger" ? "button-danger" : "button-primary"}`}
						onClick={() => onAnswer(true)}
					>
						<Plain text={confirm.confirm?.text ?? "Yes"} />
					</button>
				</>
			}
		>
			<Text of={confirm.text} />
		</Dialog>
	);
}
