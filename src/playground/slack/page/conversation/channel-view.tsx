import { useEffect, useState } from "react";
import { Composer } from "../composer/composer.tsx";
import { useDesk } from "../state/desk.ts";
import { channelTitle } from "../state/names.ts";
import { useConversation } from "../state/use-conversation.ts";
import { AgentStatus } from "./agent-status.tsx";
import { ChannelHeader } from "./channel-header.tsx";
import { ChannelIntro } from "./channel-intro.tsx";
import { ChannelTab } from "./channel-tab.tsx";
import { CodeChannelBar } from "./code-channel-bar.tsx";
import { JoinBar } from "./join-bar.tsx";
import { MessageList } from "./message-list.tsx";
import { SuggestedPrompts } from "./suggested-prompts.tsx";

/** A channel or a direct conversation. */
export function ChannelView({ id, withHeader = true }: { id: string; withHeader?: boolean }) {
	const { channels, people, workspace, store } = useDesk();
	const channel = channels.get(id);
	const { shown, isLoaded } = useConversation(id, null);
	const newest = shown.at(-1)?.message.ts;
	const [viewId, setViewId] = useState<string | null>(null);
	const code = workspace.code_channels.find(({ channel_id }) => channel_id === id);
	const view = code?.views.find(({ view_id }) => view_id === viewId);

	useEffect(() => {
		if (newest !== undefined && document.visibilityState === "visible") store.markRead(id, newest);
	}, [store, id, newest]);

	if (channel === undefined) {
		return (
			<p className="nothing">There is no such conversation, or {workspace.me.real_name} may not see it.</p>
		);
	}
	const title = channelTitle(channel, people, workspace.me.id);
	const mayWrite = !channel.is_archived && (channel.is_im || channel.is_member === true || channel.is_mpim);
	return (
		<section className="conversation" aria-label={title}>
			{withHeader && <ChannelHeader channel={channel} title={title} />}
			{code && <CodeChannelBar code={code} viewId={view?.view_id ?? null} onChoose={setViewId} />}
			{view ? (
				<ChannelTab view={view} />
			) : (
				<MessageList
					shown={shown}
					channel={id}
					thread={null}
					label={`Messages in ${title}`}
					before={isLoaded && <ChannelIntro channel={channel} title={title} />}
				/>
			)}
			{code && <AgentStatus channel={id} thread="" />}
			{channel.is_im && <SuggestedPrompts channel={id} />}
			{mayWrite ? (
				<Composer channel={id} thread={null} placeholder={`Message ${channel.is_im ? title : `#${title}`}`} />
			) : (
				<JoinBar channel={channel} title={title} />
			)}
		</section>
	);
}
