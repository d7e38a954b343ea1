import type { Message } from "../../model.ts";
import { useDesk } from "../state/desk.ts";
import { useAttempt } from "../state/use-attempt.ts";
import { EmojiSign } from "../text/emoji-sign.tsx";
import { EmojiButton } from "./emoji-button.tsx";
import { toggleReaction } from "./toggle-reaction.ts";

/** The reactions under a message; a click adds one's own or takes it away. */
export function Reactions({ message, channel }: { message: Message; channel: string }) {
	const { client, people, workspace } = useDesk();
	const attempt = useAttempt();
	const reactions = message.reactions ?? [];
	if (reactions.length === 0) return null;
	const react = (name: string) =>
		void attempt(() => toggleReaction(client, { channel, message, name, myId: workspace.me.id }));
	return (
		<div className="reactions">
			{reactions.map(({ name, users, count }) => {
				const isMine = users.includes(workspace.me.id);
				const who = users.map((id) => people.get(id)?.real_name ?? id).join(", ");
				return (
					<button
						key={name}
						type="button"
						className={`reaction ${isMine ? "is-mine" : ""}`}
						aria-pressed={isMine}
						aria-label={`${name}, ${count}`}
						title={`${who} reacted with :${name}:`}
						onClick={() => react(name)}
					>
						<EmojiSign name={name} /> {count}
					</button>
				);
			})}
			<EmojiButton className="reaction" label="Add reaction" onChoose={react} />
		</div>
	);
}
