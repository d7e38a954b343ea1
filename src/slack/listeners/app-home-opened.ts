import type { App } from "@slack/bolt";
import { coerceError } from "../../errors.ts";
import { homeView } from "../blocks/home-view.ts";
import { toCallFailure } from "../call-failure.ts";
import { ourTeamId } from "../intake.ts";
import { admit } from "./admit.ts";
import type { ListenerDeps } from "./deps.ts";

/** The home and the conversation with the app alike: whoever opens one may be about to ask for something. */
export function listenToAppHomeOpened(app: App, deps: ListenerDeps): void {
	const { log } = deps;
	app.event("app_home_opened", async ({ event, body }) => {
		const foreseen = foresee(deps, { teamId: ourTeamId(body), userId: event.user }).catch((thrown) =>
			log.info({ err: coerceError(thrown) }, "a visit warmed nothing"),
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

async function foresee(deps: ListenerDeps, from: { teamId: string; userId: string }): Promise<void> {
	const admission = await admit(deps, from);
	if (admission.outcome === "admitted") deps.foresight.visited({ personId: admission.personId });
}
