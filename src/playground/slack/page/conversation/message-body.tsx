import type { Message } from "../../model.ts";
import { BlockScopeProvider } from "../blocks/block-scope-provider.tsx";
import { Blocks } from "../blocks/blocks.tsx";
import { useDesk } from "../state/desk.ts";
import { Mrkdwn } from "../text/mrkdwn.tsx";
import { Attachment } from "./attachment.tsx";
import { FileCard } from "./file-card.tsx";

/** What a message says: its blocks, or its text where it has none. */
export function MessageBody(props: { message: Message; channel: string; isInThread: boolean }) {
	const { message, channel } = props;
	const { workspace } = useDesk();
	const { blocks = [], attachments = [], files = [] } = message;
	const isJoin = message.subtype?.endsWith("_join") ?? false;
	// A person's blocks are only their text once more.
	const isWritten = blocks.length === 0 || message.bot_id === undefined;
	const unfurls = Object.values((message.unfurls ?? {}) as Record<string, unknown>);
	return (
		<BlockScopeProvider
			place={{ channel, message_ts: message.ts }}
			isLive={message.bot_id === workspace.app.bot_id}
		>
			<div className={`message-text ${isJoin ? "quiet" : ""}`}>
				{message.subtype === "thread_broadcast" && !props.isInThread && (
					<p className="quiet">replied to a thread</p>
				)}
				{isWritten ? <Mrkdwn source={message.text} /> : <Blocks blocks={blocks} />}
				{message.edited && (
					<span className="edited" title="The author changed this message">
						{" "}
						(edited)
					</span>
				)}
			</div>
			{[...attachments, ...unfurls].map((attachment, index) => (
				// biome-ignore lint/suspicious/noArrayIndexKey: attachments have no identity but their place
				<Attachment key={index} attachment={attachment} />
			))}
			{files.map((file) => (
				<FileCard key={file.id} file={file} />
			))}
		</BlockScopeProvider>
	);
}
