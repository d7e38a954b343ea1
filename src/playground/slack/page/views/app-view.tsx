import { useEffect } from "react";
import { ChannelView } from "../conversation/channel-view.tsx";
import { useDesk } from "../state/desk.ts";
import type { AppTab } from "../state/route.ts";
import { useAttempt } from "../state/use-attempt.ts";
import { Avatar } from "../ui/avatar.tsx";
import { AboutApp } from "./about-app.tsx";
import { AppHome } from "./app-home.tsx";
import { findAppChannel } from "./find-app-channel.ts";

/** The app's own place: Home, Messages and About. */
export function AppView({ tab }: { tab: AppTab }) {
	const { client, workspace, channels, store, go } = useDesk();
	const attempt = useAttempt();
	const { app } = workspace;
	const channel = findAppChannel(channels, app.bot_user_id);

	useEffect(() => {
		if (!app.installed || tab === "about") return;
		void attempt(async () => {
			const opened = await client.post<{ channel: string }>("home-open", { tab });
			if (!store.getState().workspace?.channels.some(({ id }) => id === opened.channel)) {
				await store.loadWorkspace();
			}
		});
	}, [client, store, attempt, app.installed, tab]);

	if (!app.installed) {
		return (
			<p className="nothing">
				{app.name} is not installed in {workspace.team.name}.{" "}
				{workspace.me.is_restricted ? (
					"Guests cannot install apps."
				) : (
					<a className="button" href="/slack/install">
						Add it
					</a>
				)}
			</p>
		);
	}
	const tabs: { tab: AppTab; words: string }[] = [
		...(app.home_tab ? [{ tab: "home" as const, words: "Home" }] : []),
		{ tab: "messages", words: "Messages" },
		{ tab: "about", words: "About" },
	];
	return (
		<section className="conversation" aria-label={app.name}>
			<header className="conversation-head app-head">
				<h1>
					<Avatar name={app.name} isApp size={24} /> {app.name}
				</h1>
				<div className="tabs" role="tablist">
					{tabs.map((one) => (
						<button
							key={one.tab}
							type="button"
							role="tab"
							aria-selected={tab === one.tab}
							className={`tab ${tab === one.tab ? "is-on" : ""}`}
							onClick={() => go({ kind: "app", tab: one.tab, thread: null })}
						>
							{one.words}
						</button>
					))}
				</div>
			</header>
			{tab === "home" && <AppHome />}
			{tab === "messages" && channel !== null && <ChannelView id={channel.id} withHeader={false} />}
			{tab === "about" && <AboutApp />}
		</section>
	);
}
