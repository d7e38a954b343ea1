import { z } from "zod";

const id = z.looseObject({ id: z.string() }).nullish();

/** What the many kinds of payloads say of where they come from. */
const payload = z.looseObject({
	type: z.string().optional(),
	command: z.string().optional(),
	team_id: z.string().nullish(),
	context_team_id: z.string().nullish(),
	enterprise_id: z.string().nullish(),
	context_enterprise_id: z.string().nullish(),
	is_ext_shared_channel: z.boolean().optional(),
	channel_id: z.string().optional(),
	user_id: z.string().optional(),
	authorizations: z
		.array(z.looseObject({ team_id: z.string().nullish(), enterprise_id: z.string().nullish() }))
		.nullish(),
	event: z
		.looseObject({
			type: z.string(),
			channel: z.unknown().optional(),
			user: z.unknown().optional(),
			item: z.looseObject({ channel: z.string().optional() }).optional().catch(undefined),
		})
		.optional(),
	team: z.looseObject({ id: z.string(), enterprise_id: z.string().nullish() }).nullish(),
	enterprise: id,
	user: z.looseObject({ id: z.string(), team_id: z.string().nullish() }).optional().catch(undefined),
	channel: id.catch(undefined),
	message: z.looseObject({ team: z.string().optional() }).optional().catch(undefined),
	view: z.looseObject({ app_installed_team_id: z.string().nullish() }).nullish(),
});

/** Where something that Slack sent belongs. */
export interface PayloadPlace {
	kind: "event" | "command" | "interaction";
	/** The workspace in which the app is installed. In a shared channel others may be named first. */
	teamId: string | null;
	enterpriseId: string | null;
	/** null: no channel, such as the home. */
	channelId: string | null;
	/** Whether the channel is shared with other organisations, where Slack says so. */
	isShared: boolean | null;
	userId: string | null;
}

/** Pure. Null: it is none of Slack's payloads. */
export function readPlace(body: unknown): PayloadPlace | null {
	const parsed = payload.safeParse(body);
	if (!parsed.success) return null;
	const { data } = parsed;
	const text = (value: unknown) => (typeof value === "string" && value !== "" ? value : null);
	if (data.event !== undefined) {
		const { channel, item, user } = data.event;
		const ours = data.authorizations?.[0];
		return {
			kind: "event",
			teamId: text(ours?.team_id) ?? text(data.context_team_id) ?? text(data.team_id),
			enterpriseId: text(ours?.enterprise_id) ?? text(data.context_enterprise_id) ?? text(data.enterprise_id),
			channelId: text(channel) ?? text(item?.channel),
			isShared: data.is_ext_shared_channel ?? null,
			userId: text(user),
		};
	}
	if (data.command !== undefined) {
		return {
			kind: "command",
			teamId: text(data.team_id),
			enterpriseId: text(data.enterprise_id),
			channelId: text(data.channel_id),
			isShared: null,
			userId: text(data.user_id),
		};
	}
	const teamId =
		text(data.view?.app_installed_team_id) ??
		text(data.message?.team) ??
		text(data.team?.id) ??
		text(data.user?.team_id);
	const enterpriseId = text(data.enterprise?.id) ?? text(data.team?.enterprise_id);
	// Whoever clicks in a shared channel is named with an organisation of their own.
	const isOurs = !data.team || [data.team.id, enterpriseId].includes(teamId);
	return {
		kind: "interaction",
		teamId,
		enterpriseId: isOurs ? enterpriseId : null,
		channelId: text(data.channel?.id),
		isShared: null,
		userId: text(data.user?.id),
	};
}
