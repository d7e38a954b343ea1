import type { Bot } from "./model.ts";
import { APP, newSlackId } from "./world.ts";

/** What Slack puts around an event before it sends it to an app. */
export function wrapEvent(
	event: Record<string, unknown>,
	context: { bot: Bot; eventTeamId: string; external: boolean; nowMs: number },
): { eventId: string; body: Record<string, unknown> } {
	const { bot } = context;
	const eventId = newSlackId("Ev");
	const channel = typeof event.channel === "string" ? event.channel : "";
	return {
		eventId,
		body: {
			token: APP.verificationToken,
			team_id: context.eventTeamId,
			context_team_id: bot.teamId,
			context_enterprise_id: bot.enterpriseId,
			api_app_id: APP.id,
			event,
			type: "event_callback",
			event_id: eventId,
			event_time: Math.floor(context.nowMs / 1000),
			authorizations: [
				{
					enterprise_id: bot.enterpriseId,
					// An installation in a whole organisation names no workspace.
					team_id: bot.enterpriseId === null ? bot.teamId : null,
					user_id: bot.userId,
					is_bot: true,
					is_enterprise_install: bot.enterpriseId !== null,
				},
			],
			is_ext_shared_channel: context.external,
			event_context: `4-${Buffer.from(JSON.stringify({ et: event.type, tid: bot.teamId, aid: APP.id, cid: channel })).toString("base64url")}`,
		},
	};
}
