import { useState } from "react";
import { useDesk } from "../state/desk.ts";
import { formatMoment, formatTime, tsToMs } from "../text/time.ts";
import { Avatar } from "../ui/avatar.tsx";
import { authorOf } from "./author.ts";
import { EditMessage } from "./edit-message.tsx";
import type { Row } from "./group-messages.ts";
import { MessageActions } from "./message-actions.tsx";
import { MessageBody } from "./message-body.tsx";
import { Reactions } from "./reactions.tsx";
import { ThreadLine } from "./thread-line.tsx";

/** One message with everything that belongs to it. */
export function Message({ row, channel, isInThread }: { row: Row; channel: string; isInThread: boolean }) {
	const desk = useDesk();
	const [isEditing, setEditing] = useState(false);
	const { message, isEphemeral, isCompact } = row;
	const author = authorOf(message, desk);
	const ms = tsToMs(message.ts);
	const moment = (
		<time className="message-time" dateTime={new Date(ms).toISOString()} title={formatMoment(ms)}>
			{formatTime(ms)}
		</time>
	);

	if (message.subtype === "tombstone") {
		return (
			<article className="message">
				<div className="message-side">
					<span className="avatar avatar-gone">🗑</span>
				</div>
				<div className="message-main">
					<p className="quiet">This message was deleted.</p>
					{!isInThread && <ThreadLine message={message} channel={channel} />}
				</div>
			</article>
		);
	}
	return (
		<article
			className={`message ${isCompact ? "is-compact" : ""} ${isEphemeral ? "is-ephemeral" : ""}`}
			aria-label={`${author.name} at ${formatTime(ms)}`}
			data-ts={message.ts}
		>
			<div className="message-side">
				{isCompact ? (
					moment
				) : (
					<Avatar name={author.name} isApp={message.user === desk.workspace.app.bot_user_id} />
				)}
			</div>
			<div className="message-main">
				{isEphemeral && <p className="only-you">👁 Only visible to you</p>}
				{!isCompact && (
					<header>
						<strong className="message-author">{author.name}</strong>
						{author.isApp && <span className="app-badge">APP</span>}
						{author.isAway && <span className="away-badge">{author.team}</span>}
						{moment}
					</header>
				)}
				{isEditing ? (
					<EditMessage message={message} channel={channel} onDone={() => setEditing(false)} />
				) : (
					<MessageBody message={message} channel={channel} isInThread={isInThread} />
				)}
				{!isEphemeral && <Reactions message={message} channel={channel} />}
				{!isInThread && !isEphemeral && <ThreadLine message={message} channel={channel} />}
			</div>
			{!isEphemeral && !isEditing && (
				<MessageActions
					message={message}
					channel={channel}
					isInThread={isInThread}
					onEdit={() => setEditing(true)}
				/>
			)}
		</article>
	);
}
