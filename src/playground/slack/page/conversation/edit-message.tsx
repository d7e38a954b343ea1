import { useState } from "react";
import type { Message } from "../../model.ts";
import { useDesk } from "../state/desk.ts";
import { useAttempt } from "../state/use-attempt.ts";
import { toTyped } from "./to-typed.ts";

/** One's own message, to be written anew. */
export function EditMessage(props: { message: Message; channel: string; onDone: () => void }) {
	const { message, channel, onDone } = props;
	const { client, people } = useDesk();
	const attempt = useAttempt();
	const [text, setText] = useState(() => toTyped(message.text, (id) => people.get(id)?.name ?? null));

	async function save(): Promise<void> {
		if (text.trim() === "") return;
		if (await attempt(() => client.call("chat.update", { channel, ts: message.ts, text }))) onDone();
	}

	return (
		<div className="edit-message">
			<textarea
				className="text-input"
				aria-label="Edit message"
				rows={Math.min(12, text.split("\n").length + 1)}
				// biome-ignore lint/a11y/noAutofocus: it was opened to be typed into
				autoFocus
				value={text}
				onChange={(event) => setText(event.target.value)}
				onKeyDown={(event) => {
					if (event.key === "Escape") onDone();
					if (event.key === "Enter" && !event.shiftKey) {
						event.preventDefault();
						void save();
					}
				}}
			/>
			<div className="row">
				<button type="button" className="button" onClick={onDone}>
					Cancel
				</button>
				<button type="button" className="button button-primary" onClick={() => void save()}>
					Save
				</button>
			</div>
		</div>
	);
}
