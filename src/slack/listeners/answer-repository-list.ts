import type { App } from "@slack/bolt";
import type { PlainTextOption } from "@slack/types";
import { z } from "zod";
import { AppError } from "../../errors.ts";
import { place, teamOf } from "./action.ts";
import { admit } from "./admit.ts";
import type { ListenerDeps } from "./deps.ts";

/** Slack draws 100 options at most; so many are read by nobody. */
export const MAX_OPTIONS = 50;
const suggestion = z.looseObject({
	...place.shape,
	value: z.string(),
	block_id: z.string(),
	user: z.looseObject({ id: z.string(), team_id: z.string().optional() }),
});

/** Answers a list of repositories, in a message or in a modal, for those who may ask; `blockId` is the list's. */
export function answerRepositoryList(
	app: App,
	deps: ListenerDeps,
	actionId: string,
	find: (asked: { personId: string; blockId: string; query: string }) => Promise<PlainTextOption[]>,
): void {
	async function offer({ value, block_id: blockId, user, ...rest }: z.infer<typeof suggestion>) {
		try {
			const admission = await admit(deps, { teamId: teamOf({ user, ...rest }), userId: user.id });
			if (admission.outcome === "refused") return [];
			return await find({ personId: admission.personId, blockId, query: value.trim() });
		} catch (error) {
			// Slack has no words for it in a list; it asks again with the next letter.
			if (!(error instanceof AppError)) throw error;
			deps.log.warn({ err: error }, "repositories could not be offered");
			return [];
		}
	}

	app.options(actionId, async ({ ack, body }) => {
		const asked = suggestion.safeParse(body);
		await ack({ options: asked.success ? await offer(asked.data) : [] });
	});
}
