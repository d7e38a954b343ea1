import type { App } from "@slack/bolt";
import { readId, STOP_SESSION } from "../blocks/actions.ts";
import { onClick } from "./action.ts";
import type { ListenerDeps } from "./deps.ts";

export function listenToStopButton(app: App, deps: ListenerDeps): void {
	onClick(app, deps, STOP_SESSION, async ({ value, personId, whisper }) => {
		const sessionId = readId(value);
		if (sessionId === null) return;
		const result = await deps.sessions.stop({ sessionId, personId });
		if (result.outcome === "nothing_runs" && result.cancelledPrompts === 0)
			await whisper("It had ended already.");
		await deps.showNow(sessionId);
	});
}
