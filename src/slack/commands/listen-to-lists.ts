import type { App } from "@slack/bolt";
import { readId, STOP_LISTED } from "../blocks/actions.ts";
import { onClick } from "../listeners/action.ts";
import type { ListenerDeps } from "../listeners/deps.ts";
import { stopOne } from "./do-command.ts";

/** The buttons of private lists of sessions. */
export function listenToLists(app: App, deps: ListenerDeps): void {
	onClick(app, deps, STOP_LISTED, async ({ value, personId, whisper }) => {
		const sessionId = readId(value);
		if (sessionId !== null) await whisper(await stopOne(deps, sessionId, personId));
	});
}
