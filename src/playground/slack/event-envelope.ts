import { APP, newSlackId } from "./world.ts";

/** What Slack puts around an event before it sends it to an app. */
export function wrapEvent(
	event: Record<string, unknown>,
	context: { teamId: string; eventTeamId: string; external: boolean; nowMs: number },
): { eventId: string; body: Record<string, unknown> } {
	const eventId = newSlackId("Ev");
	const channel = typeof event.channel === "string" ? event.channel : "";
	return {
		eventId,
		body: {
			token: APP.verificationToken,
			team_id: context.eventTeamId,
			context_team_id: context.teamId,
			context_enterprise_id: null,
			api_app_id: APP.id,
			event,
			type: "event_callback",
			event_id: eventId,
			event_time: Math.floor(context.nowMs / 1000),
			authorizations: [
				{
					enterprise_id: null,
					team_id: context.teamId,
					user_id: APP.botUserId,
					is_bot: true,
					is_enterprise_install: false,
				},
			],
			is_ext_shared_channel: context.external,
			event_context: `4-${Buffer.from(JSON.stringify({ et: event.type, tid: context.teamId, aid: APP.id, cid: channel })).toString("base64url")}`,
		},
	};
}
