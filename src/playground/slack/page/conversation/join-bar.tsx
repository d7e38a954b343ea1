import { useDesk } from "../state/desk.ts";
import type { Conversation } from "../state/types.ts";
import { useAttempt } from "../state/use-attempt.ts";

/** Stands where the composer would be, for who may not write here. */
export function JoinBar({ channel, title }: { channel: Conversation; title: string }) {
	const { client, store } = useDesk();
	const attempt = useAttempt();
	if (channel.is_archived) {
		return <p className="join-bar">#{title} is archived. It can be read, but nothing can be added.</p>;
	}
	return (
		<div className="join-bar">
			<p>
				You are looking at <strong>#{title}</strong>
			</p>
			<button
				type="button"
				className="button button-primary"
				onClick={() =>
					void attempt(async () => {
						await client.call("conversations.join", { channel: channel.id });
						await store.loadWorkspace();
					})
				}
			>
				Join channel
			</button>
		</div>
	);
}
