import type { App } from "@slack/bolt";
import { AppError } from "../../errors.ts";
import { PICK_ATTEMPT, readId, readPair, STOP_ATTEMPTS } from "../blocks/actions.ts";
import { onClick } from "../listeners/action.ts";
import type { ListenerDeps } from "../listeners/deps.ts";

/** The buttons under the comparison of several attempts. */
export function listenToAttempts(app: App, deps: ListenerDeps): void {
	onClick(app, deps, new RegExp(`^${PICK_ATTEMPT}_\\d$`), async ({ value, personId, whisper }) => {
		const pair = readPair(value);
		if (pair === null) return;
		const { sessionId } = pair;
		try {
			const picked = await deps.sessions.pickAttempt({ sessionId, number: Number(pair.second), personId });
			if (picked.outcome === "already_picked") await whisper(`Attempt ${picked.number} was picked already.`);
		} catch (error) {
			if (!(error instanceof AppError)) throw error;
			await whisper(error.message);
		}
		await deps.showNow(sessionId);
	});
	onClick(app, deps, STOP_ATTEMPTS, async ({ value, personId, whisper }) => {
		const sessionId = readId(value);
		if (sessionId === null) return;
		const { attempts } = await deps.sessions.view(sessionId);
		const begun = attempts?.all.flatMap((attempt) => attempt.sessionId ?? []) ?? [];
		const ends = await Promise.all(begun.map((each) => deps.sessions.stop({ sessionId: each, personId })));
		if (ends.every(({ outcome }) => outcome === "nothing_runs")) await whisper("They had all ended already.");
		await deps.showNow(sessionId);
	});
}
