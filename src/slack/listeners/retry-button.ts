import type { App } from "@slack/bolt";
import { RETRY_PROMPT, readPair } from "../blocks/actions.ts";
import { onClick } from "./action.ts";
import type { ListenerDeps } from "./deps.ts";

export function listenToRetryButton(app: App, deps: ListenerDeps): void {
	onClick(app, deps, RETRY_PROMPT, async ({ value, personId }) => {
		const pair = readPair(value);
		if (pair === null) return;
		await deps.sessions.retryPrompt({ promptId: pair.second, personId });
		await deps.showNow(pair.sessionId);
	});
}
