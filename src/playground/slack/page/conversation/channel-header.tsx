import { useDesk } from "../state/desk.ts";
import type { Conversation } from "../state/types.ts";
import { Mrkdwn } from "../text/mrkdwn.tsx";
import { Avatar } from "../ui/avatar.tsx";
import { ChannelSign } from "./channel-sign.tsx";

/** The name of a conversation, what it is about, and who is in it. */
export function ChannelHeader({ channel, title }: { channel: Conversation; title: string }) {
	const { people, workspace } = useDesk();
	const names = channel.members.map((id) => people.get(id)?.real_name ?? id);
	return (
		<header className="conversation-head">
			<h1>
				<ChannelSign channel={channel} /> {title}
			</h1>
			<p className="topic">{channel.topic?.value && <Mrkdwn source={channel.topic.value} />}</p>
			{!channel.is_im && (
				<span className="members" title={names.join(", ")} role="img" aria-label={`${names.length} members`}>
					{channel.members.slice(0, 3).map((id) => (
						<Avatar
							key={id}
							size={22}
							name={people.get(id)?.real_name ?? id}
							isApp={id === workspace.app.bot_user_id}
						/>
					))}
					<span>{names.length}</span>
				</span>
			)}
		</header>
	);
}
