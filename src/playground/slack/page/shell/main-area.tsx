import { ChannelView } from "../conversation/channel-view.tsx";
import { ThreadPane } from "../conversation/thread-pane.tsx";
import { RefusedView } from "../refused/refused-view.tsx";
import { useDesk } from "../state/desk.ts";
import { AppView } from "../views/app-view.tsx";
import { findAppChannel } from "../views/find-app-channel.ts";

/** What the address says is to be seen. */
export function MainArea() {
	const { route, channels, workspace } = useDesk();
	const { place } = route;
	switch (place.kind) {
		case "start":
			return <p className="nothing">Choose a channel.</p>;
		case "refused":
			return <RefusedView />;
		case "app": {
			const channel = findAppChannel(channels, workspace.app.bot_user_id);
			return (
				<>
					<AppView tab={place.tab} />
					{place.tab === "messages" && place.thread !== null && channel !== null && (
						<ThreadPane key={place.thread} channel={channel.id} thread={place.thread} />
					)}
				</>
			);
		}
		case "conversation":
			return (
				<>
					<ChannelView key={place.channel} id={place.channel} />
					{place.thread !== null && (
						<ThreadPane key={place.thread} channel={place.channel} thread={place.thread} />
					)}
				</>
			);
		default:
			return place satisfies never;
	}
}
