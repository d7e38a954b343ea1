import type { App } from "@slack/bolt";
import { z } from "zod";
import { admit } from "../listeners/admit.ts";
import type { ListenerDeps } from "../listeners/deps.ts";
import { ourTeamId } from "../receiving/intake.ts";
import { createChannelSigns } from "./code-channel/code-channel-store.ts";
import { createNativeStore } from "./native-store.ts";

/** docs.slack.dev, agent_session_title_changed. */
const changed = z.looseObject({
	channel: z.string(),
	/** Of a session that is a whole channel there is taken to be none. */
	thread_ts: z.string().default(""),
	user: z.string(),
	title: z.string(),
});

/** Somebody gave a session another title at Slack: it is called that everywhere. */
export function listenToTitles(app: App, deps: ListenerDeps): void {
	const ofThread = createNativeStore(deps.db);
	const ofChannel = createChannelSigns(deps.db);
	app.event("agent_session_title_changed", async ({ event, body, context }) => {
		const parsed = changed.safeParse(event);
		if (!parsed.success || parsed.data.user === context.botUserId) return;
		const { channel, thread_ts, user, title } = parsed.data;
		const teamId = ourTeamId(body);
		const known = await deps.sessions.findByThread({ teamId, channelId: channel, threadTs: thread_ts });
		if (known === null) return;
		const admission = await admit(deps, { teamId, userId: user });
		if (admission.outcome === "refused") return;
		const { sessionId } = known;
		const renamed = await deps.sessions.renameSession({ sessionId, personId: admission.personId, title });
		// Slack has it already: it is not told its own news.
		await (thread_ts === "" ? ofChannel : ofThread).noteTitle(sessionId, renamed.title);
	});
}
