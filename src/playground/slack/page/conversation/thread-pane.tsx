import { Composer } from "../composer/composer.tsx";
import { useDesk } from "../state/desk.ts";
import { channelTitle } from "../state/names.ts";
import { useConversation } from "../state/use-conversation.ts";
import { AgentStatus } from "./agent-status.tsx";
import { MessageList } from "./message-list.tsx";
import { SessionTitle } from "./session-title.tsx";
import { useOpenThread } from "./use-open-thread.ts";

/** A thread, beside its channel. */
export function ThreadPane({ channel: id, thread }: { channel: string; thread: string }) {
	const { channels, people, workspace } = useDesk();
	const openThread = useOpenThread();
	const { shown, isLoaded } = useConversation(id, thread);
	const channel = channels.get(id);
	if (channel === undefined) return null;
	const title = channelTitle(channel, people, workspace.me.id);
	const hasHead = shown.some(({ message }) => message.ts === thread);
	return (
		<aside className="thread-pane" aria-label="Thread">
			<header className="conversation-head">
				<h2>
					Thread <span className="quiet">{channel.is_im ? title : `#${title}`}</span>
				</h2>
				<button
					type="button"
					className="icon-button"
					aria-label="Close thread"
					onClick={() => openThread(id, null)}
				>
					✕
				</button>
			</header>
			<SessionTitle channel={id} thread={thread} />
			<MessageList
				shown={shown}
				channel={id}
				thread={thread}
				label="Replies"
				before={
					isLoaded && !hasHead && <p className="nothing">The message that began this thread is gone.</p>
				}
			/>
			<AgentStatus channel={id} thread={thread} />
			{!channel.is_archived && <Composer channel={id} thread={thread} placeholder="Reply…" />}
		</aside>
	);
}
