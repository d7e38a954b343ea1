import { useState } from "react";
import type { Message } from "../../model.ts";
import { useDesk } from "../state/desk.ts";
import { useAttempt } from "../state/use-attempt.ts";
import { Dialog } from "../ui/dialog.tsx";

/** Asks where a message is to be forwarded, with which words. */
export function ForwardDialog(props: { message: Message; channel: string; onClose: () => void }) {
	const { message, channel, onClose } = props;
	const { client, workspace, go } = useDesk();
	const attempt = useAttempt();
	const channels = workspace.channels.filter((one) => one.name !== "" && one.is_member && !one.is_archived);
	const [to, setTo] = useState(channels[0]?.id ?? "");
	const [text, setText] = useState("");

	const forward = () =>
		void attempt(async () => {
			await client.post("forward", { channel, ts: message.ts, to, text });
			onClose();
			go({ kind: "conversation", channel: to, thread: null });
		});

	return (
		<Dialog
			title="Forward this message"
			onClose={onClose}
			className="dialog-small"
			footer={
				<>
					<button type="button" className="button" onClick={onClose}>
						Cancel
					</button>
					<button type="button" className="button button-primary" onClick={forward}>
						Forward
					</button>
				</>
			}
		>
			<label className="block-input">
				To
				<select className="text-input" value={to} onChange={(event) => setTo(event.target.value)}>
					{channels.map(({ id, name }) => (
						<option key={id} value={id}>
							#{name}
						</option>
					))}
				</select>
			</label>
			<textarea
				className="text-input"
				aria-label="Message"
				placeholder="Add a message, for example: @bobbin fix this"
				rows={3}
				value={text}
				onChange={(event) => setText(event.target.value)}
			/>
		</Dialog>
	);
}
