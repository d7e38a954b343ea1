import type { App } from "@slack/bolt";
import { AppError } from "../../errors.ts";
import { CONTINUE_BUDGET, readId, readPair } from "../blocks/actions.ts";
import { onClick } from "../listeners/action.ts";
import type { ListenerDeps } from "../listeners/deps.ts";

/** "Continue +$X": whoever may lets a paused session go on. */
export function listenToContinue(app: App, deps: ListenerDeps): void {
	onClick(app, deps, CONTINUE_BUDGET, async ({ value, personId, whisper }) => {
		const pair = readPair(value);
		const stopId = readId(pair?.second);
		if (pair === null || stopId === null || !deps.budget) return;
		try {
			const result = await deps.budget.continueSession({ stopId, personId });
			if (result.outcome === "not_allowed") await whisper(result.who);
		} catch (error) {
			if (!(error instanceof AppError)) throw error;
			await whisper(error.message);
		}
		await deps.showNow(pair.sessionId);
	});
}
