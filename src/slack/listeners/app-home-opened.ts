import type { App } from "@slack/bolt";
import { homeView } from "../blocks/home-view.ts";
import { toCallFailure } from "../call-failure.ts";
import type { ListenerDeps } from "./deps.ts";

export function listenToAppHomeOpened(app: App, { client, identity, log }: ListenerDeps): void {
	app.event("app_home_opened", async ({ event }) => {
		if (event.tab !== "home") return;
		const { botUserId } = await identity();
		await client.views
			.publish({ user_id: event.user, view: homeView(botUserId) })
			.catch((error: unknown) => log.info({ error: toCallFailure(error).error }, "the home was not drawn"));
	});
}
