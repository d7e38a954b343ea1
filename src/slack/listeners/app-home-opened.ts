import type { App } from "@slack/bolt";
import { homeView } from "../blocks/home-view.ts";
import { toCallFailure } from "../call-failure.ts";
import type { ListenerDeps } from "./deps.ts";
import { foresee } from "./foresee.ts";

/** The home and the conversation with the app alike: whoever opens one may be about to ask for something. */
export function listenToAppHomeOpened(app: App, deps: ListenerDeps): void {
	app.event("app_home_opened", async ({ event, body }) => {
		const foreseen = foresee(deps, { body, userId: event.user }, (personId) =>
			deps.foresight.visited({ personId }),
		);
		if (event.tab === "home") await draw(deps, event.user);
		await foreseen;
	});
}

async function draw({ client, identity, log }: ListenerDeps, userId: string): Promise<void> {
	const { botUserId } = await identity();
	await client.views
		.publish({ user_id: userId, view: homeView(botUserId) })
		.catch((error: unknown) => log.info({ error: toCallFailure(error).error }, "the home was not drawn"));
}
