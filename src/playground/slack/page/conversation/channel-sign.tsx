import { useDesk } from "../state/desk.ts";
import type { Conversation } from "../state/types.ts";
import { Avatar } from "../ui/avatar.tsx";
import { Icon } from "../ui/icon.tsx";

/** `#`, a lock, or a face. */
export function ChannelSign({ channel }: { channel: Conversation }) {
	const { people, workspace } = useDesk();
	if (channel.is_im) {
		const id = channel.user ?? "";
		return (
			<Avatar size={20} name={people.get(id)?.real_name ?? id} isApp={id === workspace.app.bot_user_id} />
		);
	}
	if (channel.is_ext_shared) return <Icon name="shared" size={16} />;
	return <Icon name={channel.is_private ? "lock" : "hash"} size={16} />;
}
