import type { App } from "@slack/bolt";
import { z } from "zod";
import { admit } from "../listeners/admit.ts";
import type { ListenerDeps } from "../listeners/deps.ts";
import { ourTeamId } from "../receiving/intake.ts";
import { introduceQuietly } from "./introduce-quietly.ts";

const joined = z.looseObject({ user: z.string(), channel: z.string(), inviter: z.string().optional() });

/** Bobbin was invited into a channel: it says there once what it does. Who else joins is nobody's business. */
export function listenToJoined(app: App, deps: ListenerDeps): void {
	app.event("member_joined_channel", async ({ event, body }) => {
		const parsed = joined.safeParse(event);
		if (!parsed.success) return;
		const { user, channel: channelId, inviter } = parsed.data;
		const teamId = ourTeamId(body);
		const { botUserId, directory } = await deps.workspaces.of(teamId);
		if (user !== botUserId) return;
		// Slack puts us into the channels that we open; there everybody knows what it is for.
		if ((await directory.channel(channelId)).isSession) return;
		// Where others have to be refused there is nothing to introduce.
		if (await directory.isShared(channelId)) return;
		const admission = inviter === undefined ? null : await admit(deps, { teamId, userId: inviter });
		const personId = admission?.outcome === "admitted" ? admission.personId : null;
		await introduceQuietly(deps, { teamId, channelId, threadTs: null, personId });
	});
}
