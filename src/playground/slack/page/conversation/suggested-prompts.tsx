import { useDesk } from "../state/desk.ts";
import { useAttempt } from "../state/use-attempt.ts";

/** What the agent offers to do; a click says it. */
export function SuggestedPrompts({ channel }: { channel: string }) {
	const { client, workspace } = useDesk();
	const attempt = useAttempt();
	const suggested = workspace.suggested.find(({ channel_id }) => channel_id === channel);
	if (suggested === undefined) return null;
	return (
		<section className="suggested-prompts" aria-label={suggested.title ?? "Suggested prompts"}>
			{suggested.title !== null && <span className="quiet">{suggested.title}</span>}
			{suggested.prompts.map(({ title, message }) => (
				<button
					key={title}
					type="button"
					className="button button-tiny"
					title={message}
					onClick={() => void attempt(() => client.call("chat.postMessage", { channel, text: message }))}
				>
					{title}
				</button>
			))}
		</section>
	);
}
