import type { App } from "@slack/bolt";
import type { Log } from "../../log.ts";
import type { Workspaces } from "../web-api/workspaces.ts";
import { readPlace } from "./payload-place.ts";

/** What Slack says of our being installed is a hint to ask it: such events may be late, and repeated after a new install. */
export function listenToInstalls(app: App, deps: { workspaces: Workspaces; log: Log }): void {
	const recheck = async ({ body }: { body: unknown }) => {
		const place = readPlace(body);
		if (place !== null) await deps.workspaces.recheck(place);
	};
	app.event("app_uninstalled", recheck);
	app.event("tokens_revoked", recheck);
	app.event("team_access_granted", recheck);
	app.event("team_access_revoked", recheck);
}
