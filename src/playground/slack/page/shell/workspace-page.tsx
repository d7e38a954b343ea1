import { useEffect, useMemo, useState } from "react";
import { createClient } from "../state/client.ts";
import { type Desk, DeskContext, type Draft, useLive } from "../state/desk.ts";
import { explain } from "../state/explain.ts";
import { createLiveStore } from "../state/live-store.ts";
import type { Route } from "../state/route.ts";
import { Icon } from "../ui/icon.tsx";
import { Toasts } from "../ui/toasts.tsx";
import { useToasts } from "../ui/use-toasts.ts";
import { ModalStack } from "../views/modal-stack.tsx";
import { MainArea } from "./main-area.tsx";
import { Rail } from "./rail.tsx";
import { Sidebar } from "./sidebar.tsx";

/** The whole page as one person sees it. */
export function WorkspacePage({ route, goTo }: { route: Route; goTo: (route: Route) => void }) {
	const { toasts, say } = useToasts();
	const [isMenuOpen, setMenuOpen] = useState(false);
	const { client, store, drafts } = useMemo(() => {
		const client = createClient(`xoxp-${route.user}`);
		return {
			client,
			store: createLiveStore(client, (error) => say(explain(error))),
			drafts: new Map<string, Draft>(),
		};
	}, [route.user, say]);
	useEffect(() => {
		store.start();
		return store.stop;
	}, [store]);

	const workspace = useLive(store, (state) => state.workspace);
	const connection = useLive(store, (state) => state.connection);
	const failure = useLive(store, (state) => state.failure);
	const people = useMemo(() => new Map((workspace?.users ?? []).map((one) => [one.id, one])), [workspace]);
	const channels = useMemo(
		() => new Map((workspace?.channels ?? []).map((one) => [one.id, one])),
		[workspace],
	);

	const isStart = route.place.kind === "start";
	useEffect(() => {
		if (workspace === null || !isStart) return;
		const open = workspace.channels.filter((channel) => channel.is_member && !channel.is_im);
		const first = open.find(({ name }) => name === "general") ?? open[0];
		if (first !== undefined) {
			goTo({ user: route.user, place: { kind: "conversation", channel: first.id, thread: null } });
		}
	}, [workspace, isStart, route.user, goTo]);

	useEffect(() => {
		if (workspace !== null) document.title = `${workspace.team.name} — Playground Slack`;
	}, [workspace]);

	if (workspace === null) {
		return (
			<p className="nothing">
				{failure === null ? "Loading…" : `There is nobody called “${route.user}” here. `}
				{failure !== null && <a href="#/mia">Go in as Mia</a>}
			</p>
		);
	}
	const desk: Desk = {
		client,
		store,
		workspace,
		people,
		channels,
		drafts,
		route,
		go(place) {
			setMenuOpen(false);
			goTo({ user: route.user, place });
		},
		say,
	};
	const hasThread = "thread" in route.place && route.place.thread !== null;
	return (
		<DeskContext value={desk}>
			<div className={`page ${isMenuOpen ? "is-menu-open" : ""} ${hasThread ? "has-thread" : ""}`}>
				<button
					type="button"
					className="menu-button"
					aria-label="Channels and people"
					aria-expanded={isMenuOpen}
					onClick={() => setMenuOpen(!isMenuOpen)}
				>
					<Icon name="menu" />
				</button>
				<Rail onUser={(user) => goTo({ user, place: { kind: "start" } })} />
				<Sidebar />
				<main>
					{connection === "lost" && (
						<p className="lost" role="alert">
							The connection is gone. Trying again…
						</p>
					)}
					<div className="main-panes">
						<MainArea />
					</div>
				</main>
			</div>
			<ModalStack />
			<Toasts toasts={toasts} />
		</DeskContext>
	);
}
