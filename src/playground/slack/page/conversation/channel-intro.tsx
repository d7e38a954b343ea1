import { useDesk } from "../state/desk.ts";
import type { Conversation } from "../state/types.ts";

/** The words at the beginning of a conversation. */
export function ChannelIntro({ channel, title }: { channel: Conversation; title: string }) {
	const { workspace } = useDesk();
	const { app } = workspace;
	if (channel.is_im || channel.is_mpim) {
		return (
			<div className="channel-intro">
				<h2>{title}</h2>
				<p className="quiet">This is the very beginning of your direct messages with {title}.</p>
			</div>
		);
	}
	if (workspace.code_channels.some(({ channel_id }) => channel_id === channel.id)) {
		return (
			<div className="channel-intro">
				<h2>#{title}</h2>
				<p className="quiet">{app.name} works here on one task. Whatever is said here is for it.</p>
			</div>
		);
	}
	const hears = channel.members.includes(app.bot_user_id);
	return (
		<div className="channel-intro">
			<h2>#{title}</h2>
			<p className="quiet">
				This is the very beginning of the #{title} channel.{" "}
				{hears
					? `Mention @${app.bot_name} here to give it work.`
					: `${app.name} is not in this channel; /invite @${app.bot_name} lets it in.`}
			</p>
		</div>
	);
}
