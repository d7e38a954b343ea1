import type { App } from "@slack/bolt";
import { z } from "zod";
import type { ListenerDeps } from "./deps.ts";
import { foresee } from "./foresee.ts";

const MOST_LINKS = 5;
const composed = z.looseObject({
	user: z.string(),
	source: z.literal("composer"),
	links: z.array(z.looseObject({ url: z.string() })),
});

/** A link to a repository in a message that is still being written. Nothing is shown. */
export function listenToLinkShared(app: App, deps: ListenerDeps): void {
	app.event("link_shared", async ({ event, body }) => {
		const parsed = composed.safeParse(event);
		if (!parsed.success) return;
		const urls = parsed.data.links.slice(0, MOST_LINKS).map(({ url }) => url);
		await foresee(deps, { body, userId: parsed.data.user }, (personId) =>
			deps.foresight.linked({ personId, urls }),
		);
	});
}
