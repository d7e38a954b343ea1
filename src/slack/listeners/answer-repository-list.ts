import type { App } from "@slack/bolt";
import type { PlainTextOption } from "@slack/types";
import { z } from "zod";
import { AppError } from "../../errors.ts";
import { readPair } from "../blocks/actions.ts";
import { place, teamOf } from "./action.ts";
import { admit } from "./admit.ts";
import type { ListenerDeps } from "./deps.ts";

/** Slack draws 100 options at most; so many are read by nobody. */
export const MAX_OPTIONS = 50;
const suggestion = z.looseObject({
	value: z.string(),
	block_id: z.string(),
	...place.shape,
	user: z.looseObject({ id: z.string() }),
});

/** Answers a list of repositories in a message of a session, whose block's id names the session. */
export function answerRepositoryList(
	app: App,
	deps: ListenerDeps,
	actionId: string,
	find: (asked: { personId: string; sessionId: string; query: string }) => Promise<PlainTextOption[]>,
): void {
	app.options(actionId, async ({ ack, body }) => {
		const asked = suggestion.safeParse(body);
		const pair = readPair(asked.data?.block_id);
		if (!asked.success || pair === null) return ack({ options: [] });
		const { value, user } = asked.data;
		const admission = await admit(deps, { teamId: teamOf(asked.data), userId: user.id });
		if (admission.outcome === "refused") return ack({ options: [] });
		const { personId } = admission;
		const found = find({ personId, sessionId: pair.sessionId, query: value.trim() });
		const options = await found.catch((error: unknown) => {
			// Slack has no words for it in a list; it asks again with the next letter.
			if (!(error instanceof AppError)) throw error;
			deps.log.warn({ err: error }, "repositories could not be offered");
			return [];
		});
		await ack({ options });
	});
}
