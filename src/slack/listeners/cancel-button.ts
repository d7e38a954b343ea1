import type { App } from "@slack/bolt";
import { CANCEL_PROMPT, readPair } from "../blocks/actions.ts";
import { onClick } from "./action.ts";
import type { ListenerDeps } from "./deps.ts";

export function listenToCancelButton(app: App, deps: ListenerDeps): void {
	onClick(app, deps, CANCEL_PROMPT, async ({ value, personId, whisper }) => {
		const pair = readPair(value);
		if (pair === null) return;
		const result = await deps.sessions.cancelPrompt({ promptId: pair.second, personId });
		if (result.outcome === "too_late") await whisper("It began already: use Stop instead.");
		await deps.showNow(pair.sessionId);
	});
}
