import { ChannelSign } from "../conversation/channel-sign.tsx";
import { useDesk } from "../state/desk.ts";
import { channelTitle } from "../state/names.ts";
import type { Conversation } from "../state/types.ts";
import { Avatar } from "../ui/avatar.tsx";
import { findAppChannel } from "../views/find-app-channel.ts";
import { SidebarItem } from "./sidebar-item.tsx";
import { StartChat } from "./start-chat.tsx";

/** Channels, people, and the app. */
export function Sidebar() {
	const { workspace, channels, people, route, go } = useDesk();
	const { app, me } = workspace;
	const { place } = route;
	const all = [...channels.values()];
	const appChannel = findAppChannel(channels, app.bot_user_id);
	const titleOf = (channel: Conversation) => channelTitle(channel, people, me.id);
	const byTitle = (a: Conversation, b: Conversation) => titleOf(a).localeCompare(titleOf(b));
	const isDirect = (channel: Conversation) => channel.is_im || channel.is_mpim === true;
	const open = all.filter((channel) => !isDirect(channel) && !channel.is_archived && channel.is_member);
	const others = all.filter((channel) => !isDirect(channel) && !open.includes(channel));
	const direct = all.filter((channel) => isDirect(channel) && channel !== appChannel);

	const item = (channel: Conversation) => (
		<SidebarItem
			key={channel.id}
			sign={<ChannelSign channel={channel} />}
			words={titleOf(channel)}
			unread={channel.unread}
			isQuiet={channel.is_archived || (!isDirect(channel) && !channel.is_member)}
			countsUnread={isDirect(channel)}
			isOn={place.kind === "conversation" && place.channel === channel.id}
			onOpen={() => go({ kind: "conversation", channel: channel.id, thread: null })}
		/>
	);
	return (
		<nav className="sidebar" aria-label={workspace.team.name}>
			<header>
				<h2>{workspace.team.name}</h2>
				<span className="playground-badge" title="A small Slack that runs on this machine">
					playground
				</span>
			</header>
			<div className="sidebar-scroll">
				<h3>Channels</h3>
				<ul>{open.sort(byTitle).map(item)}</ul>
				{others.length > 0 && <h3>Other channels</h3>}
				<ul>{others.sort(byTitle).map(item)}</ul>
				<h3>
					Direct messages <StartChat />
				</h3>
				<ul>{direct.sort(byTitle).map(item)}</ul>
				<h3>Apps</h3>
				{!app.installed && (
					<p className="sidebar-note">
						<a href="/slack/install">Add {app.name}</a>
					</p>
				)}
				{app.installed && (
					<ul>
						<SidebarItem
							sign={<Avatar name={app.name} isApp size={20} />}
							words={app.name}
							unread={appChannel?.unread ?? 0}
							isQuiet={false}
							countsUnread
							isOn={place.kind === "app"}
							onOpen={() =>
								go({
									kind: "app",
									tab: app.home_tab && !appChannel?.unread ? "home" : "messages",
									thread: null,
								})
							}
						/>
					</ul>
				)}
			</div>
		</nav>
	);
}
