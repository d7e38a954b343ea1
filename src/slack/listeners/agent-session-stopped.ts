import type { App } from "@slack/bolt";
import { z } from "zod";
import { ourTeamId } from "../receiving/intake.ts";
import { admit } from "./admit.ts";
import type { ListenerDeps } from "./deps.ts";

/** docs.slack.dev, agent_session_stopped. Of a session that is a whole channel it is taken to have no `thread_ts`. */
const stopped = z.looseObject({
	channel: z.string(),
	thread_ts: z.string().default(""),
	user: z.string().optional(),
});

/** Slack's own Stop, beside an agent's status. */
export function listenToAgentSessionStopped(app: App, deps: ListenerDeps): void {
	app.event("agent_session_stopped", async ({ event, body }) => {
		const parsed = stopped.safeParse(event);
		if (!parsed.success) return;
		const { channel, thread_ts, user } = parsed.data;
		const teamId = ourTeamId(body);
		const known = await deps.sessions.findByThread({ teamId, channelId: channel, threadTs: thread_ts });
		if (known === null || user === undefined) return;
		const admission = await admit(deps, { teamId, userId: user });
		if (admission.outcome === "refused") return;
		await deps.sessions.stop({ sessionId: known.sessionId, personId: admission.personId });
		await deps.showNow(known.sessionId);
	});
}
